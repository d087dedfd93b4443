"""Python's own functions that a cell may call, on expressions."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from carrousel.engine import functions
from carrousel.engine.equations.expressions import Applied, Expression, Size
from carrousel.engine.equations.frames import UnreadableError, fold
from carrousel.engine.equations.operations import binary
from carrousel.engine.equations.terms import elements


def _length(value: Any) -> Any:
    return Size(value, 0) if isinstance(value, Expression) else len(value)


def _sum(values: Any, start: Any = 0) -> Any:
    total = start
    for value in elements(values):
        total = value if total is start and isinstance(start, int) and start == 0 else binary("+", total, value)
    return total


def _absolute(value: Any) -> Any:
    return Applied("abs", (value,), call=functions.abs) if isinstance(value, Expression) else abs(value)


def _folded(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *values, **options: function(*map(fold, values), **{k: fold(v) for k, v in options.items()})


def _listed(function: Callable[..., Iterable[Any]]) -> Callable[..., Any]:
    return lambda *values, **options: list(function(*map(_iterable, values), **options))


def _iterable(value: Any) -> Any:
    if isinstance(value, Expression):
        raise UnreadableError("a loop over an array")
    return value


BUILTINS: Final[Mapping[Any, Callable[..., Any]]] = MappingProxyType(
    {
        len: _length,
        sum: _sum,
        abs: _absolute,
        **{f: _folded(f) for f in (range, int, float, str, bool, min, max, builtins.round, divmod)},
        **{f: _listed(f) for f in (zip, enumerate, reversed, sorted, list)},
        tuple: lambda values=(): tuple(_iterable(values)),
        dict: dict,
    }
)

"""What an expression is worth, on numpy arrays as well as on JAX's."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import numpy as np

from carrousel.engine.equations.expressions import (
    Applied,
    Binary,
    Expression,
    Group,
    Indexed,
    Letter,
    Number,
    Option,
    Plain,
    Size,
    Slice,
    Symbol,
    Transposed,
    Unary,
)
from carrousel.engine.kinds import Namespace

BINARY: Final = MappingProxyType(
    {
        "+": operator.add,
        "-": operator.sub,
        "*": operator.mul,
        "/": operator.truediv,
        "//": operator.floordiv,
        "%": operator.mod,
        "**": operator.pow,
        "@": operator.matmul,
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
        "==": operator.eq,
        "!=": operator.ne,
        "&": operator.and_,
        "|": operator.or_,
        "^": operator.xor,
    }
)
UNARY: Final[Mapping[str, Callable[[Any], Any]]] = MappingProxyType(
    {"-": operator.neg, "~": operator.invert, "not": operator.not_}
)


class Values(NamedTuple):
    """What symbols and letters are worth."""

    symbols: Mapping[Symbol, Any] = MappingProxyType({})
    spaces: Mapping[str, Namespace] = MappingProxyType({})


def evaluate(expression: Expression, values: Values) -> Any:
    """What an expression is worth, on numpy arrays as well as on JAX's."""
    match expression:
        case Number(value) | Option(_, value) | Plain(value):
            return value
        case Symbol():
            return values.symbols[expression]
        case Letter(space, name):
            return values.spaces[space][name]
        case Size(of, axis):
            return np.shape(evaluate(of, values))[axis]
        case Binary(sign, left, right):
            return BINARY[sign](evaluate(left, values), evaluate(right, values))
        case Unary(sign, of):
            return UNARY[sign](evaluate(of, values))
        case Transposed(of):
            return evaluate(of, values).T
        case Indexed(of, place):
            return evaluate(of, values)[tuple(slice(*p) if isinstance(p, Slice) else p for p in place)]
        case Group(items):
            return tuple(evaluate(item, values) for item in items)
        case Applied(_, arguments, keywords, call):
            named = {name: evaluate(value, values) for name, value in keywords}
            return call(*(evaluate(a, values) for a in arguments), **named)
        case _:
            raise NotImplementedError(type(expression).__name__)

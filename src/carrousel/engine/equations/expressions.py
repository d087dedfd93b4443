"""The small form that equations are read into, and what an expression of it is worth."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from types import EllipsisType
from typing import Any, NamedTuple


@dataclass(frozen=True)
class Expression:
    """Anything that has a value."""

    def rebuilt(self, change: Callable[[Expression], Expression]) -> Expression:
        """The same with every part changed."""
        new = {f.name: _changed(getattr(self, f.name), change) for f in fields(self)}
        return replace(self, **new) if any(new[name] is not getattr(self, name) for name in new) else self

    @functools.cached_property
    def parts(self) -> tuple[Expression, ...]:
        """The expressions that it is made of."""
        return tuple(part for f in fields(self) for part in _expressions(getattr(self, f.name)))


def _changed(value: Any, change: Callable[[Expression], Expression]) -> Any:
    """A field with its expressions changed; itself where none was."""
    if isinstance(value, Expression):
        return change(value)
    if type(value) is not tuple:
        return value
    new = tuple(_changed(v, change) for v in value)
    return new if any(a is not b for a, b in zip(new, value, strict=True)) else value


def _expressions(value: Any) -> Iterator[Expression]:
    if isinstance(value, Expression):
        yield value
    elif type(value) is tuple:
        for v in value:
            yield from _expressions(v)


@dataclass(frozen=True)
class Number(Expression):
    """A number that stands in the text."""

    value: complex


@dataclass(frozen=True)
class Option(Expression):
    """A number or array that has a name: an option of the cell, or a constant beside its function."""

    name: str
    value: Any = field(compare=False)


@dataclass(frozen=True)
class Plain(Expression):
    """Something that is no number, handed to a function: a string, a number format, an array of constants."""

    value: Any = field(hash=False)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Plain) and (self.value is other.value or repr(self.value) == repr(other.value))

    def __hash__(self) -> int:
        return hash(repr(self.value))


@dataclass(frozen=True)
class Letter(Expression):
    """`W.i`."""

    space: str
    name: str
    rank: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Symbol(Expression):
    """A named value of a step: version 0 came in, version k is the k-th that the function gave to the name."""

    name: str
    version: int
    scope: str = ""
    """The function inside the cell whose local name it is."""
    rank: int | None = field(default=None, compare=False)
    """How many axes it has, where that is known."""


@dataclass(frozen=True)
class Size(Expression):
    """How many numbers lie along one axis."""

    of: Expression
    axis: int


@dataclass(frozen=True)
class Binary(Expression):
    """`left operator right`, in Python's operators."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Unary(Expression):
    """`-of`, `~of` or `not of`."""

    operator: str
    of: Expression


@dataclass(frozen=True)
class Transposed(Expression):
    """`of.T`."""

    of: Expression


class Slice(NamedTuple):
    """`start:stop:step` inside brackets."""

    start: int | None
    stop: int | None
    step: int | None


Place = int | Slice | EllipsisType | None


@dataclass(frozen=True)
class Indexed(Expression):
    """`of[place]`; None makes a new axis."""

    of: Expression
    place: tuple[Place, ...]


@dataclass(frozen=True)
class Group(Expression):
    """A list or tuple handed to a function: the vectors that are joined, a shape."""

    items: tuple[Expression, ...]


@dataclass(frozen=True)
class Applied(Expression):
    """A function of a known name on arguments."""

    function: str
    arguments: tuple[Expression, ...]
    keywords: tuple[tuple[str, Expression], ...] = ()
    call: Callable[..., Any] = field(default=lambda *_: None, compare=False, repr=False)


def walk(expression: Expression) -> Iterator[Expression]:
    """The expression and all that it is made of, each as often as it stands there."""
    yield expression
    for part in expression.parts:
        yield from walk(part)


def is_constant(expression: Expression) -> bool:
    """Whether it is made of numbers and options alone."""
    return not any(isinstance(part, (Symbol, Letter)) for part in walk(expression))


def substituted(expression: Expression, values: Mapping[Symbol, Expression]) -> Expression:
    """The expression with some symbols replaced."""
    if isinstance(expression, Symbol) and expression in values:
        return substituted(values[expression], values)
    return expression.rebuilt(lambda part: substituted(part, values))

"""What operators, brackets and attributes mean where some values are known and others are expressions."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from types import EllipsisType, MappingProxyType
from typing import Any, Final

from carrousel.engine import functions
from carrousel.engine.cell import Cell
from carrousel.engine.equations.evaluate import BINARY, UNARY
from carrousel.engine.equations.expressions import (
    Applied,
    Binary,
    Expression,
    Indexed,
    Letter,
    Place,
    Size,
    Slice,
    Transposed,
    Unary,
    is_constant,
)
from carrousel.engine.equations.frames import Space, UnreadableError, fold, lift
from carrousel.engine.equations.ranks import rank
from carrousel.engine.kinds import Blocks, Matrices, Scalars

OPERATORS: Final = MappingProxyType(
    {
        ast.Add: "+",
        ast.Sub: "-",
        ast.Mult: "*",
        ast.Div: "/",
        ast.FloorDiv: "//",
        ast.Mod: "%",
        ast.Pow: "**",
        ast.MatMult: "@",
        ast.Lt: "<",
        ast.LtE: "<=",
        ast.Gt: ">",
        ast.GtE: ">=",
        ast.Eq: "==",
        ast.NotEq: "!=",
        ast.BitAnd: "&",
        ast.BitOr: "|",
        ast.BitXor: "^",
        ast.USub: "-",
        ast.Invert: "~",
        ast.Not: "not",
    }
)
METHODS: Final = MappingProxyType(
    {
        name: getattr(functions, name)
        for name in ("sum", "mean", "max", "cumsum", "dot", "round", "clip", "conj", "repeat", "reshape")
    }
)
"""Methods of arrays that are functions of the language by another way of writing."""
FRACTIONS: Final = ("/", "**")
DEFAULT_RANK: Final = MappingProxyType({Matrices: 2, Blocks: 2, Scalars: 0})


def binary(sign: str, left: Any, right: Any) -> Any:
    """`left sign right`; whole numbers and texts are computed, what has a name or a point keeps its form."""
    plain = [v for v in (left, right) if not isinstance(v, Expression)]
    if len(plain) == 2 and not (sign in FRACTIONS or any(isinstance(v, (float, complex)) for v in plain)):
        return BINARY[sign](left, right)
    if len(plain) == 2 and not all(isinstance(v, (int, float, complex)) for v in plain):
        return BINARY[sign](left, right)
    if sign == "+" and any(type(v) is int and v == 0 for v in plain):
        return right if plain[0] is left else left
    return Binary(sign, lift(left), lift(right))


def unary(sign: str, value: Any) -> Any:
    """`sign value`."""
    if sign == "not":
        return not fold(value)
    return Unary(sign, value) if isinstance(value, Expression) else UNARY[sign](value)


def compared(left: Any, operation: ast.cmpop, right: Any) -> Any:
    """A comparison; what the text alone decides is decided."""
    match operation:
        case ast.Is() | ast.IsNot():
            return (left is right) is isinstance(operation, ast.Is)
        case ast.In() | ast.NotIn():
            return (fold(left) in fold(right)) is isinstance(operation, ast.In)
    result = Binary(OPERATORS[type(operation)], lift(left), lift(right))
    return fold(result) if is_constant(result) else result


def letter(cell: Cell, space: Space, name: Any) -> Letter:
    """`W.i` or `W[i]`."""
    text = str(fold(name))
    sized = cell.sizes.get(f"{space.name}.{text}", cell.sizes.get(space.name))
    usual = DEFAULT_RANK.get(space.kind, 1)
    return Letter(space.name, text, rank=len(sized) if isinstance(sized, tuple) else usual)


def indexed(value: Any, index: Any) -> Any:
    """`value[index]`."""
    if not isinstance(value, Expression):
        return value[_bounds(index) if isinstance(index, Slice) else fold(index)]
    places = index if type(index) is tuple else (index,)
    return Indexed(value, tuple(_place(p) for p in places))


def _bounds(index: Slice) -> slice:
    return slice(*index)


def _place(value: Any) -> Place:
    known = value if isinstance(value, Slice) else fold(value)
    if not (known is None or isinstance(known, (int, Slice, EllipsisType))):
        raise UnreadableError("an index is no whole number")
    return known


def attribute(cell: Cell, value: Any, name: str) -> Any:
    """`value.name`."""
    if isinstance(value, Space):
        return letter(cell, value, name)
    if not isinstance(value, Expression):
        return getattr(value, name)
    known = rank(value)
    match name:
        case "T":
            return Transposed(value)
        case "real" | "imag":
            return Applied(name, (value,), call=getattr(functions, name))
        case "ndim" if known is not None:
            return known
        case "shape" if known is not None:
            return tuple(Size(value, axis) for axis in range(known))
        case "size" if known == 1:
            return Size(value, 0)
    raise UnreadableError(f"the attribute {name} of an array")


def method(value: Expression, name: str, arguments: Sequence[Any], keywords: dict[str, Any]) -> Expression:
    """`value.name(arguments)`, a method of arrays."""
    if name not in METHODS:
        raise UnreadableError(f"the method {name} of an array")
    if name == "reshape" and len(arguments) > 1:
        arguments = [tuple(arguments)]
    options = tuple((k, lift(v)) for k, v in keywords.items())
    return Applied(name, (value, *map(lift, arguments)), options, METHODS[name])

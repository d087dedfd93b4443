"""Sizes as a cell's row writes them: `"hidden"`, `"x"`, `"projection"`, `"hidden / heads"`, `3`."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from carrousel.errors import CellError

Size = str | int
Sizes = Size | tuple[Size, ...]


def evaluate_size(size: Size, known: Mapping[str, int]) -> int:
    """The number that a size stands for: a name of `known`, a number, or a product or exact quotient of these."""
    try:
        return _value(ast.parse(str(size), mode="eval").body, known, size)
    except SyntaxError as error:
        raise CellError(f"the size {size!r} is no product of names and numbers") from error


def _value(node: ast.expr, known: Mapping[str, int], size: Size) -> int:
    match node:
        case ast.Constant(value=int(value)) if not isinstance(value, bool):
            return value
        case ast.Name(id=name):
            if name not in known:
                raise CellError(f"the size {size!r} names {name!r}; known here are {', '.join(sorted(known))}")
            return known[name]
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _value(left, known, size) * _value(right, known, size)
        case ast.BinOp(left=left, op=ast.Div() | ast.FloorDiv(), right=right):
            whole, part = _value(left, known, size), _value(right, known, size)
            if part < 1 or whole % part:
                raise CellError(f"the size {size!r} is {whole} / {part}, which is no whole number")
            return whole // part
        case _:
            raise CellError(f"the size {size!r} is no product or quotient of names and numbers")

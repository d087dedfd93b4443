"""The value of each expression of Python's that a cell may hold."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from carrousel.engine.cell import Cell
from carrousel.engine.equations.expressions import Expression, Slice
from carrousel.engine.equations.frames import Frame, Inner, Space, UnreadableError, fold
from carrousel.engine.equations.operations import OPERATORS, attribute, binary, compared, indexed, letter, method, unary

Call = Callable[[Any, Sequence[Any], dict[str, Any]], Any]


class Terms:
    """Reads expressions; calls of functions are made by whoever reads statements."""

    def __init__(self, cell: Cell, call: Call) -> None:
        self.cell, self.call = cell, call

    def value(self, node: ast.expr, frame: Frame) -> Any:
        """What the node stands for: an expression, or a value of Python's where the text alone decides it."""
        match node:
            case ast.Constant(value):
                return value
            case ast.Name(name):
                return frame.find(name)
            case ast.BinOp(left, sign, right):
                return binary(_sign(sign), self.value(left, frame), self.value(right, frame))
            case ast.UnaryOp(ast.UAdd(), operand):
                return self.value(operand, frame)
            case ast.UnaryOp(sign, operand):
                return unary(_sign(sign), self.value(operand, frame))
            case ast.Compare(left, [sign], [right]):
                return compared(self.value(left, frame), sign, self.value(right, frame))
            case ast.BoolOp(sign, operands):
                return self.either(operands, frame, some=isinstance(sign, ast.Or))
            case ast.IfExp(test, body, orelse):
                return self.value(body if fold(self.value(test, frame)) else orelse, frame)
            case ast.Attribute(of, name):
                return attribute(self.cell, self.value(of, frame), name)
            case ast.Subscript(of, index):
                return self.subscript(self.value(of, frame), self.value(index, frame))
            case ast.Slice(lower, upper, step):
                return Slice(*(None if n is None else fold(self.value(n, frame)) for n in (lower, upper, step)))
            case ast.Tuple(items):
                return tuple(self.items(items, frame))
            case ast.List(items):
                return list(self.items(items, frame))
            case ast.GeneratorExp(of, loops) | ast.ListComp(of, loops):
                return [self.value(of, inner) for inner in self.rounds(loops, frame)]
            case ast.Dict(keys, values):
                pairs = zip(keys, values, strict=True)
                return {fold(self.value(_key(k), frame)): self.value(v, frame) for k, v in pairs}
            case ast.DictComp(key, of, loops):
                return {fold(self.value(key, f)): self.value(of, f) for f in self.rounds(loops, frame)}
            case ast.JoinedStr(pieces):
                return "".join(self.piece(piece, frame) for piece in pieces)
            case ast.Lambda():
                return Inner(node, frame, "function")
            case ast.Call(function, arguments, keywords):
                return self.called(function, arguments, keywords, frame)
        raise UnreadableError(f"`{ast.unparse(node)}`")

    def either(self, operands: Sequence[ast.expr], frame: Frame, *, some: bool) -> Any:
        """`a or b`, or with `some` false `a and b`."""
        result = None
        for operand in operands:
            result = fold(self.value(operand, frame))
            if bool(result) is some:
                return result
        return result

    def subscript(self, value: Any, index: Any) -> Any:
        """`value[index]`."""
        return letter(self.cell, value, index) if isinstance(value, Space) else indexed(value, index)

    def items(self, nodes: Sequence[ast.expr], frame: Frame) -> Iterator[Any]:
        """The values of a list, what is starred in it spread out."""
        for node in nodes:
            if isinstance(node, ast.Starred):
                yield from elements(self.value(node.value, frame))
            else:
                yield self.value(node, frame)

    def rounds(self, loops: Sequence[ast.comprehension], frame: Frame) -> Iterator[Frame]:
        """A frame for each round of a comprehension."""
        if not loops:
            yield frame
            return
        first, *others = loops
        for item in elements(self.value(first.iter, frame)):
            inner = frame.inside()
            bind(first.target, item, inner)
            if all(fold(self.value(test, inner)) for test in first.ifs):
                yield from self.rounds(others, inner)

    def piece(self, node: ast.expr, frame: Frame) -> str:
        """One piece of a formatted string."""
        if isinstance(node, ast.FormattedValue):
            if node.format_spec is not None or node.conversion != -1:
                raise UnreadableError(f"`{ast.unparse(node)}`")
            return str(fold(self.value(node.value, frame)))
        return str(self.value(node, frame))

    def called(
        self, function: ast.expr, arguments: Sequence[ast.expr], keywords: Sequence[ast.keyword], frame: Frame
    ) -> Any:
        """The value of a call."""
        given = list(self.items(arguments, frame))
        named: dict[str, Any] = {}
        for keyword in keywords:
            value = self.value(keyword.value, frame)
            named |= {keyword.arg: value} if keyword.arg else fold(value)
        if isinstance(function, ast.Attribute):
            of = self.value(function.value, frame)
            if isinstance(of, Expression):
                return method(of, function.attr, given, named)
            return self.call(attribute(self.cell, of, function.attr), given, named)
        return self.call(self.value(function, frame), given, named)


def _sign(node: ast.AST) -> str:
    sign = OPERATORS.get(type(node))
    if sign is None:
        raise UnreadableError(f"the operator {type(node).__name__}")
    return sign


def _key(node: ast.expr | None) -> ast.expr:
    if node is None:
        raise UnreadableError("a dictionary inside another")
    return node


def elements(value: Any) -> list[Any]:
    """What a loop or an unpacking runs over."""
    if isinstance(value, (Expression, Space, Inner)):
        raise UnreadableError("a loop over an array")
    return list(value)


def bind(target: ast.expr, value: Any, frame: Frame) -> None:
    """Give names to a value without an equation."""
    match target:
        case ast.Name(name):
            frame.names[name] = value
        case ast.Tuple(items) | ast.List(items):
            for item, part in zip(items, elements(value), strict=True):
                bind(item, part, frame)
        case _:
            raise UnreadableError(f"`{ast.unparse(target)}`")

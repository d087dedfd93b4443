"""The equations as the function's text has them: its syntax tree, with loops, options and inner functions resolved."""

from __future__ import annotations

import ast
import inspect
from collections import Counter
from collections.abc import Sequence
from types import FunctionType
from typing import Any, Final

from carrousel.engine.cell import Cell
from carrousel.engine.equations.builtin import BUILTINS
from carrousel.engine.equations.expressions import Applied, Expression, Option, Symbol, is_constant, walk
from carrousel.engine.equations.frames import Frame, Inner, Space, UnreadableError, beyond, fold, known_functions, lift
from carrousel.engine.equations.operations import OPERATORS, binary
from carrousel.engine.equations.ranks import rank
from carrousel.engine.equations.reading import Equation, Reading, finished
from carrousel.engine.equations.terms import Terms, bind, elements
from carrousel.engine.kinds import state_kind
from carrousel.engine.names import syntax_tree

NOTHING: Final = object()
"""What a block gives that does not return."""
DEEPEST: Final = 20
"""Calls inside one another; more is a recursion that the text does not end."""
OURS: Final = ("carrousel.engine", "numpy", "jax")


def read_source(cell: Cell) -> Reading:
    """The cell's equations, read from its function's text.

    Raises:
        UnreadableError: the text holds something that this reading does not know.
    """
    function, signature = cell.function, cell.signature
    tree = syntax_tree(function)
    if tree is None or not isinstance(function, FunctionType):
        raise UnreadableError("it is no function of Python's own")
    reader = _Reader(cell)
    incoming = {"x": 1, **{name: len(shape) for name, shape in _shapes(cell).items()}}
    names: dict[str, Any] = {name: Symbol(name, 0, rank=axes) for name, axes in incoming.items()}
    names |= {name: Space(name, kind) for name, kind in signature.spaces.items()}
    names |= {k: Option(k, v) if type(v) in (int, float) else v for k, v in cell.options.items()}
    result = reader.run(tree.body, Frame(names, None, beyond(function)))
    results = [lift(r) for r in (result if isinstance(result, (tuple, list)) else [result])]
    return finished(cell, reader.equations, results, kept=reader.cells)


def _shapes(cell: Cell) -> dict[str, tuple[Any, ...]]:
    """Something as long as each input's and state's shape; the sizes themselves are not asked."""
    axes = dict.fromkeys(cell.signature.inputs, ()) | {s: (0,) * k.axes for s, k in cell.signature.states.items()}
    sized = {name: size if isinstance(size, tuple) else (size,) for name, size in cell.sizes.items()}
    return {name: sized.get(name, shape) for name, shape in axes.items()}


class _Reader:
    """Reads statements in order and keeps an equation for each value that is given a name."""

    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        self.terms = Terms(cell, self.call)
        self.equations: list[Equation] = []
        self.versions: Counter[tuple[str, str]] = Counter()
        self.calls: Counter[str] = Counter()
        self.cells: set[str] = set()
        """The calls of other cells, whose names all keep an equation of their own."""
        self.depth = 0

    def run(self, body: Sequence[ast.stmt], frame: Frame) -> Any:
        """Read a block; what it returns, or NOTHING."""
        for statement in body:
            try:
                result = self.statement(statement, frame)
            except (TypeError, ValueError, KeyError, IndexError, AttributeError, RecursionError) as error:
                raise UnreadableError(f"`{ast.unparse(statement)}`: {error}") from error
            if result is not NOTHING:
                return result
        return NOTHING

    def statement(self, node: ast.stmt, frame: Frame) -> Any:
        match node:
            case ast.Return(value):
                return None if value is None else self.terms.value(value, frame)
            case ast.Assign(targets, value):
                known = self.terms.value(value, frame)
                for target in targets:
                    known = self.assign(target, known, frame)
            case ast.AnnAssign(target, _, value):
                if value is not None:
                    self.assign(target, self.terms.value(value, frame), frame)
            case ast.AugAssign(ast.Name(name) as target, sign, value):
                new = binary(OPERATORS[type(sign)], frame.find(name), self.terms.value(value, frame))
                self.assign(target, new, frame)
            case ast.If(test, body, orelse):
                return self.run(body if fold(self.terms.value(test, frame)) else orelse, frame)
            case ast.For(target, over, body, []):
                for item in elements(self.terms.value(over, frame)):
                    bind(target, item, frame)
                    result = self.run(body, frame)
                    if result is not NOTHING:
                        return result
            case ast.FunctionDef(name, decorator_list=[]):
                frame.names[name] = Inner(node, frame, name)
            case ast.Pass() | ast.Expr(ast.Constant()):
                pass
            case ast.Expr(value):
                self.terms.value(value, frame)
            case _:
                raise UnreadableError(f"`{ast.unparse(node).splitlines()[0]}`")
        return NOTHING

    def assign(self, target: ast.expr, value: Any, frame: Frame) -> Any:
        """Give names to a value, each with its equation; what stands for the value from here on."""
        match target:
            case ast.Name(name):
                frame.names[name] = self.named(name, value, frame.scope)
                return frame.names[name]
            case ast.Tuple(items) | ast.List(items) if isinstance(value, Expression):
                self.unpacked(items, value, frame)
            case ast.Tuple(items) | ast.List(items):
                parts = elements(value)
                for item, part in zip(items, parts, strict=True):
                    self.assign(item, part, frame)
            case _:
                raise UnreadableError(f"`{ast.unparse(target)}`")
        return value

    def named(self, name: str, value: Any, scope: str) -> Any:
        """The value under its name, with an equation if it is more than a constant."""
        if isinstance(value, Inner):
            return value._replace(name=name)
        if not isinstance(value, Expression) or (
            is_constant(value) and not any(isinstance(part, Applied) for part in walk(value))
        ):
            return value
        symbol = self.symbol(name, scope, rank(value))
        self.equations.append(Equation((symbol,), value))
        return symbol

    def symbol(self, name: str, scope: str, axes: int | None) -> Symbol:
        self.versions[scope, name] += 1
        return Symbol(name, self.versions[scope, name], scope, axes)

    def unpacked(self, items: Sequence[ast.expr], value: Expression, frame: Frame) -> None:
        names = [item.id for item in items if isinstance(item, ast.Name)]
        if len(names) != len(items):
            raise UnreadableError("an array is unpacked into more than names")
        axes = rank(value)
        symbols = tuple(self.symbol(name, frame.scope, axes and axes - 1) for name in names)
        frame.names |= dict(zip(names, symbols, strict=True))
        self.equations.append(Equation(symbols, value))

    def call(self, function: Any, arguments: Sequence[Any], keywords: dict[str, Any]) -> Any:
        """The value of a call: of the language's functions, of Python's own, of inner and of other functions."""
        if isinstance(function, Inner):
            return self.enter(function, arguments, keywords)
        if (known := known_functions().get(function)) is not None:
            return _applied(known, arguments, keywords, function)
        if function in BUILTINS:
            return BUILTINS[function](*arguments, **keywords)
        if isinstance(getattr(function, "__self__", None), (list, dict, str)):
            return function(*arguments, **keywords)
        if isinstance(function, FunctionType) and not function.__module__.startswith(OURS):
            given = [*arguments, *keywords.values()]
            if any(isinstance(v, Space) or (isinstance(v, Expression) and not is_constant(v)) for v in given):
                return self.expanded(function, arguments, keywords)
        return _applied(_public_name(function), arguments, keywords, function)

    def expanded(self, function: FunctionType, arguments: Sequence[Any], keywords: dict[str, Any]) -> Any:
        """A function of the module read in its place; where its text cannot be read it keeps its name."""
        tree = syntax_tree(function)
        if tree is None:
            return _applied(_public_name(function), arguments, keywords, function)
        signature = inspect.signature(function)
        bound = signature.bind(*arguments, **keywords)
        bound.apply_defaults()
        if any(state_kind(p.annotation) for p in signature.parameters.values()):
            self.cells.add(f"{function.__name__} {self.calls[function.__name__] + 1}")
        before = len(self.equations)
        try:
            return self.body(tree, dict(bound.arguments), Frame({}, None, beyond(function)), function.__name__)
        except UnreadableError:
            del self.equations[before:]
            return _applied(_public_name(function), arguments, keywords, function)

    def enter(self, inner: Inner, arguments: Sequence[Any], keywords: dict[str, Any]) -> Any:
        """An inner function read in its place."""
        wanted = inner.node.args
        if wanted.vararg or wanted.kwarg or wanted.defaults or any(wanted.kw_defaults):
            raise UnreadableError(f"the parameters of {inner.name}")
        positional = [a.arg for a in (*wanted.posonlyargs, *wanted.args)]
        given = dict(zip(positional, arguments, strict=False)) | keywords
        if set(given) != {*positional, *(a.arg for a in wanted.kwonlyargs)} or len(arguments) > len(positional):
            raise UnreadableError(f"the arguments of {inner.name}")
        return self.body(inner.node, given, inner.frame, inner.name)

    def body(self, node: ast.FunctionDef | ast.Lambda, given: dict[str, Any], outer: Frame, name: str) -> Any:
        if self.depth == DEEPEST:
            raise UnreadableError(f"{name} calls itself")
        self.calls[name] += 1
        frame = Frame({}, outer, outer.beyond, f"{name} {self.calls[name]}")
        frame.names = {k: self.named(k, v, frame.scope) for k, v in given.items()}
        self.depth += 1
        try:
            result = self.terms.value(node.body, frame) if isinstance(node, ast.Lambda) else self.run(node.body, frame)
        finally:
            self.depth -= 1
        return None if result is NOTHING else result


def _applied(name: str, arguments: Sequence[Any], keywords: dict[str, Any], call: Any) -> Applied:
    return Applied(name, tuple(map(lift, arguments)), tuple((k, lift(v)) for k, v in keywords.items()), call)


def _public_name(function: Any) -> str:
    name = str(getattr(function, "__name__", None))
    if name == "None" or not name.isidentifier():
        raise UnreadableError("a function without a name")
    if name not in known_functions().values():
        return name
    home = str(getattr(function, "__module__", None)).rpartition(".")[2]
    return f"{home}.{name}"  # not the language's function of that name

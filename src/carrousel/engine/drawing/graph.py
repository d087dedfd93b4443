"""What a drawing of a cell shows: gates, functions and operations as nodes, and which value goes where.

Letters have no node of their own: they stand in the box that uses them. A function of a sum of products is one box, a
gate, fed by what the products are of.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from carrousel.engine.equations.expressions import (
    Applied,
    Binary,
    Expression,
    Group,
    Indexed,
    Letter,
    Option,
    Symbol,
    Transposed,
    Unary,
    walk,
)
from carrousel.engine.equations.ranks import rank
from carrousel.engine.equations.reading import Reading, symbols_read
from carrousel.engine.typeset.document import text_printer

OLD, NEW, GATE, FUNCTION, OPERATION = "old", "new", "gate", "function", "operation"
QUIET: Final = frozenset({"reshape", "transpose"})
"""Functions that change no number; a drawing leaves them out."""
HOLE: Final = Option("□", None)
SIGNS: Final = {"/": "÷", "@": "×", "-": "−", "*": "⊙", "%": "mod"}
LONGEST: Final = 16
"""Characters of a formula that still fits into a box."""


@dataclass(frozen=True)
class Node:
    """One thing that is drawn."""

    kind: str
    label: str
    """The sign, function or name in it."""
    sources: tuple[int, ...] = ()
    """The nodes whose values it takes."""
    name: str = ""
    """The name of its value, if the cell gives it one."""
    letters: tuple[str, ...] = ()
    ordered: bool = False
    """Whether it matters which of its values is which."""


def graph(reading: Reading) -> tuple[Node, ...]:
    """The nodes of a cell's drawing, each after its sources; x and the inputs stand after the old states."""
    return _Builder(reading).build()


class _Builder:
    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.printer = text_printer(reading)
        self.timed = reading.timed
        self.nodes: list[Node] = []
        self.made: dict[Expression, int] = {}

    def build(self) -> tuple[Node, ...]:
        signature = self.reading.cell.signature
        for name in (*signature.states, "x", *signature.inputs):
            symbol = Symbol(name, 0)
            if symbol in self.timed or name in signature.states:
                self.made[symbol] = self.add(Node(OLD, self.shown(symbol)))
        for targets, value in self.reading.equations:
            if targets[0] in self.timed:
                made = self.node(value)
                if len(targets) == 1 and self.nodes[made].kind != OLD and not self.nodes[made].name:
                    self.nodes[made] = replace(self.nodes[made], name=self.shown(targets[0]))
                self.made |= dict.fromkeys(targets, made)
        output, *states = self.reading.results
        for result in dict.fromkeys((*states, output)):
            self.add(Node(NEW, self.printer.write(result), (self.node(result),)))
        return tuple(self.nodes)

    def shown(self, symbol: Symbol) -> str:
        return self.printer.names.find(symbol)

    def add(self, node: Node) -> int:
        self.nodes.append(node)
        return len(self.nodes) - 1

    def is_fixed(self, expression: Expression) -> bool:
        """Whether it is the same at every step."""
        return self.timed.isdisjoint(symbols_read(expression))

    def node(self, expression: Expression) -> int:
        """The node that gives an expression's value."""
        if expression not in self.made:
            self.made[expression] = self.make(expression)
        return self.made[expression]

    def make(self, expression: Expression) -> int:
        match expression:
            case Indexed(of) | Transposed(of):
                return self.node(of)
            case Applied(function, arguments) if function in QUIET:
                return self.node(arguments[0])
        if self.is_fixed(expression):
            return self.add(
                Node(FUNCTION, self.printer.write(expression)[:LONGEST], letters=self.letters([expression]))
            )
        if (linear := self.linear(expression)) is not None:
            operands, letters = linear
            return self.gate("", operands, letters)
        if isinstance(expression, Applied):
            return self.function(expression)
        if (operand := self.only_operand(expression)) is not None:
            return self.template(expression, operand) or self.operation(expression)
        return self.operation(expression)

    def template(self, expression: Expression, operand: Expression) -> int | None:
        """A box with a short formula of the only thing in it that differs from step to step."""
        label = self.printer.write(_with_hole(expression, operand))
        return self.add(Node(FUNCTION, label, (self.node(operand),))) if len(label) <= LONGEST else None

    def gate(self, function: str, operands: Sequence[Expression], letters: Sequence[str]) -> int:
        sources = tuple(dict.fromkeys(self.node(o) for o in operands))
        return self.add(Node(GATE, function, sources, letters=tuple(dict.fromkeys(letters))))

    def function(self, applied: Applied) -> int:
        label = self.printer.function(applied.function)
        moving = [a for a in _flat(applied.arguments) if not self.is_fixed(a)]
        linear = [self.linear(a) for a in moving]
        if linear and all(part is not None for part in linear):
            parts = [part for part in linear if part is not None]
            return self.gate(label, [o for part in parts for o in part[0]], [x for part in parts for x in part[1]])
        if len(moving) == 1 and len(applied.arguments) + len(applied.keywords) > 1:
            made = self.template(applied, moving[0])
            if made is not None:
                return made
        letters = self.letters(a for a in applied.arguments if self.is_fixed(a))
        sources = tuple(self.node(a) for a in moving)
        return self.add(Node(FUNCTION, label, sources, letters=letters, ordered=len(sources) > 1))

    def operation(self, expression: Expression) -> int:
        sign, parts = self.chain(expression)
        moving = [p for p in parts if not self.is_fixed(p)]
        letters = self.letters(p for p in parts if self.is_fixed(p))
        ordered = sign not in {"+", "*"}
        label = SIGNS.get(sign, sign)
        if sign == "*" and any(rank(p) == 0 for p in parts):
            label = "·"
        sources = tuple(self.node(p) for p in moving)
        kind = OPERATION if len(label) == 1 and len(sources) <= 3 and not letters else FUNCTION
        return self.add(Node(kind, label, sources, letters=letters, ordered=ordered))

    def chain(self, expression: Expression) -> tuple[str, list[Expression]]:
        """An operator and its operands, those of a chain of the same one together."""
        if not isinstance(expression, Binary):
            return (expression.operator if isinstance(expression, Unary) else "", list(expression.parts))
        sign, left, right = expression.operator, expression.left, expression.right
        if sign in {"+", "*"} and isinstance(left, Binary) and left.operator == sign and left not in self.made:
            return sign, [*self.chain(left)[1], right]
        return sign, [left, right]

    def only_operand(self, expression: Expression) -> Expression | None:
        """The one part that differs from step to step, where the rest does not: `1 - z`, `t mod T = 0`."""
        if isinstance(expression, Unary):
            return self.only_operand(expression.of) or expression.of
        if not isinstance(expression, Binary):
            return None
        for fixed, other in ((expression.left, expression.right), (expression.right, expression.left)):
            if self.is_fixed(fixed):
                return (None if other in self.made else self.only_operand(other)) or other
        return None

    def linear(self, expression: Expression) -> tuple[list[Expression], list[str]] | None:
        """What a sum of products with letters is of, and the letters; None if no letter stands in it."""
        operands, letters, found = self.terms(expression)
        return (operands, letters) if found else None

    def terms(self, expression: Expression) -> tuple[list[Expression], list[str], bool]:
        """Operands, letters, and whether letters work on an operand or are added to it."""
        if self.is_fixed(expression):
            letters = list(self.letters([expression]))
            return [], letters, bool(letters)
        match expression:
            case Binary("+" | "-", left, right):
                return _joined(self.terms(left), self.terms(right))
            case Binary("@" | "*", left, right) | Binary("/", left, right):
                fixed, moving = (left, right) if self.is_fixed(left) else (right, left)
                if self.is_fixed(fixed) and not (expression.operator == "/" and fixed is left):
                    letters = list(self.letters([fixed]))
                    inner = self.terms(moving) if expression.operator != "@" and not letters else None
                    if inner is not None and inner[2]:
                        return inner
                    return ([moving], letters, True) if letters else ([expression], [], False)
            case Applied("concatenate", (Group(items),)):
                parts = [self.terms(item) for item in items]
                if all(found for _, _, found in parts):
                    return _joined(*parts)
            case Applied(function, arguments) if function in QUIET:
                inner = self.terms(arguments[0])
                if inner[2]:
                    return inner
        return [expression], [], False

    def letters(self, expressions: Iterable[Expression]) -> tuple[str, ...]:
        """The letters of what is the same at every step; a value with a name stands for its own."""
        found: list[Expression] = []
        for expression in expressions:
            found += [e for e in walk(expression) if isinstance(e, Letter)]
            found += symbols_read(expression)
        return tuple(dict.fromkeys(map(self.printer.write, found)))


def _with_hole(expression: Expression, part: Expression) -> Expression:
    """The expression with a dot in place of one part."""
    if expression == part:
        return HOLE
    return expression.rebuilt(lambda inner: _with_hole(inner, part))


def _joined(*parts: tuple[list[Expression], list[str], bool]) -> tuple[list[Expression], list[str], bool]:
    return [o for p in parts for o in p[0]], [x for p in parts for x in p[1]], any(p[2] for p in parts)


def _flat(arguments: Iterable[Expression]) -> list[Expression]:
    return [item for a in arguments for item in (_flat(a.items) if isinstance(a, Group) else [a])]

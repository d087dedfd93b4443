"""A cell's equations in order, each a named value and what it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from carrousel.engine.cell import Cell
from carrousel.engine.equations.expressions import Applied, Expression, Letter, Option, Size, Symbol, substituted, walk
from carrousel.engine.equations.ranks import rank

SIZES_ONLY: Final = frozenset({"zeros_like", "ones_like"})
"""Functions whose result depends on the size of what they are given alone."""


class Equation(NamedTuple):
    """`targets = value`; several targets are given the parts of one value."""

    targets: tuple[Symbol, ...]
    value: Expression


@dataclass(frozen=True)
class Reading:
    """The equations of one step of a cell."""

    cell: Cell
    equations: tuple[Equation, ...]
    results: tuple[Expression, ...]
    """The output, then the new states."""
    note: str = ""
    """Where the equations come from, if not from the function's text."""

    @property
    def states(self) -> Mapping[str, Expression]:
        """Each state and its new value."""
        return dict(zip(self.cell.signature.states, self.results[1:], strict=True))

    @property
    def expressions(self) -> Iterator[Expression]:
        """All that stands in the equations and their targets, part by part."""
        for equation in self.equations:
            for expression in (*equation.targets, equation.value):
                yield from walk(expression)
        for result in self.results:
            yield from walk(result)

    @property
    def symbols(self) -> tuple[Symbol, ...]:
        """The named values, those that came in included, in the order in which they are met."""
        return tuple(dict.fromkeys(e for e in self.expressions if isinstance(e, Symbol)))

    @property
    def letters(self) -> tuple[Letter, ...]:
        """The letters that the equations name."""
        return tuple(dict.fromkeys(e for e in self.expressions if isinstance(e, Letter)))

    @property
    def options(self) -> tuple[Option, ...]:
        """The options that the equations name."""
        return tuple(dict.fromkeys(e for e in self.expressions if isinstance(e, Option)))

    @property
    def timed(self) -> frozenset[Symbol]:
        """The named values that differ from step to step."""
        timed = {s for s in self.symbols if s.version == 0}
        for equation in self.equations:
            if timed & set(symbols_read(equation.value)):
                timed |= set(equation.targets)
        return frozenset(timed)

    @property
    def last(self) -> Mapping[tuple[str, str], int]:
        """The version of each name, by scope and name, that is its last."""
        last: dict[tuple[str, str], int] = {}
        for symbol in self.symbols:
            key = symbol.scope, symbol.name
            last[key] = max(last.get(key, 0), symbol.version)
        return last


def symbols_read(expression: Expression) -> Iterator[Symbol]:
    """The named values whose numbers, not only whose sizes, an expression reads."""
    if isinstance(expression, Symbol):
        yield expression
    elif not (isinstance(expression, Size) or (isinstance(expression, Applied) and expression.function in SIZES_ONLY)):
        for part in expression.parts:
            yield from symbols_read(part)


def finished(
    cell: Cell,
    equations: Sequence[Equation],
    results: Sequence[Expression],
    note: str = "",
    kept: Collection[str] = (),
) -> Reading:
    """A reading from the equations in order and what the function returns: every new state has the state's name.

    Args:
        cell: the cell.
        equations: in order.
        results: the new states, or the output and then the new states.
        note: where the equations come from, if not from the function's text.
        kept: the scopes whose names all keep an equation of their own.
    """
    names = list(cell.signature.states)
    output, news = results[0], list(results[-len(names) :])
    versions = Counter(t.name for q in equations for t in q.targets if not t.scope)
    out = list(equations)

    def name(value: Expression, wanted: str) -> Symbol:
        symbol = Symbol(wanted, versions[wanted] + 1, rank=rank(value))
        out.append(Equation((symbol,), value))
        return symbol

    named = [
        new
        if isinstance(new, Symbol) and (new.name, new.version, new.scope) == (s, versions[s] or None, "")
        else name(new, s)
        for s, new in zip(names, news, strict=True)
    ]
    if output in news:
        output = named[news.index(output)]
    elif not isinstance(output, Symbol):
        taken = {*names, *versions, *cell.signature.inputs, "x"}
        output = name(output, next(n for n in ("y", "out", "output") if n not in taken))
    return _tidied(_renamed(Reading(cell, tuple(out), (output, *named), note)), kept)


def _renamed(reading: Reading) -> Reading:
    """Where a name of the cell is given to a local name's value, that value has the cell's name from the start."""
    new: dict[Symbol, Symbol] = {}
    aliases: list[Equation] = []
    for equation in reading.equations:
        target, value = equation.targets[0], equation.value
        if isinstance(value, Symbol) and value.scope and not target.scope and value not in new:
            new[value] = target
            aliases.append(equation)
    return Reading(
        reading.cell,
        tuple(
            Equation(tuple(new.get(t, t) for t in q.targets), substituted(q.value, new))
            for q in reading.equations
            if q not in aliases
        ),
        tuple(substituted(result, new) for result in reading.results),
        reading.note,
    )


def _tidied(reading: Reading, kept: Collection[str]) -> Reading:
    """Without what no result depends on, and with the local names of inner functions put in where they stand once."""
    wanted = {e for result in reading.results for e in walk(result) if isinstance(e, Symbol)}
    needed: list[Equation] = []
    for equation in reversed(reading.equations):
        if wanted & set(equation.targets):
            needed.insert(0, equation)
            wanted |= {e for e in walk(equation.value) if isinstance(e, Symbol)}
    uses = Counter(e for x in (*(q.value for q in needed), *reading.results) for e in walk(x) if isinstance(e, Symbol))
    local = {
        q.targets[0]: q.value
        for q in needed
        if len(q.targets) == 1
        and q.targets[0].scope
        and (not q.value.parts or (uses[q.targets[0]] == 1 and q.targets[0].scope not in kept))
    }
    return Reading(
        reading.cell,
        tuple(Equation(q.targets, substituted(q.value, local)) for q in needed if q.targets[0] not in local),
        tuple(substituted(result, local) for result in reading.results),
        reading.note,
    )

"""A plan in words: what is computed once, what for all steps at once, what a step costs, and the loops in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import MappingProxyType
from typing import Final

import jax.numpy as jnp

from carrousel.engine.equations.flow import flow_values
from carrousel.engine.letters import letter_p
from carrousel.engine.plan import Block, Group, Loop, Plan, Shift
from carrousel.engine.typeset.document import text_printer

CLASSES: Final = MappingProxyType(
    {
        "products": "products of the state in every step",
        "matrix": "a matrix that decays and takes in outer products, in chunks",
        "elementwise": "unit by unit, without products of the state",
        "linear": "linear and diagonal in the state",
        "shift": "no loop at all",
    }
)


def describe_plan(plan: Plan) -> tuple[str, ...]:
    """What a cell's plan says, a sentence a line; the first is the whole in short."""
    words = _Words(plan)
    lines = [words.summary(), *words.once()]
    loops = 0
    for phase in plan.phases:
        if isinstance(phase, Shift):
            lines.append(f"{plan.trace.labels[phase.state]} is {words.value(phase.new)} one step late: no loop")
        elif isinstance(phase, Loop):
            loops += 1
            lines += words.loop(phase, loops)
        else:
            lines += words.hoisted(phase, after=loops)
    return tuple(lines)


class _Words:
    def __init__(self, plan: Plan) -> None:
        self.plan, self.trace = plan, plan.trace
        reading, self.forms = flow_values(plan.cell, plan.trace)
        self.printer = text_printer(reading)
        self.origin: dict[int, tuple[str, ...]] = {}
        """The letters that each value computed once is made of."""
        self.bare: set[int] = set()
        for op in plan.once.ops:
            made = (
                (".".join(op.params["name"]),)
                if op.primitive is letter_p
                else tuple(dict.fromkeys(n for i in op.values for n in self.origin.get(i, ())))
            )
            self.origin |= dict.fromkeys(op.outs, made)
            self.bare |= set(op.outs) if op.primitive is letter_p else set()

    def summary(self) -> str:
        before = sum(len(b.groups) for b in self.plan.hoisted)
        groups = [g for loop in self.plan.loops for g in loop.groups]
        stages = max((g.stage for g in groups), default=0)
        staged = f" in {_counted(stages, 'stage')}" if stages > 1 else ""
        return (
            f"class {self.plan.kind}: {CLASSES[self.plan.kind]}; {_counted(before, 'hoisted product')}, "
            f"{_counted(len(groups), 'product')} a step{staged}"
        )

    def once(self) -> Iterator[str]:
        """Values made of letters and constants that are more than letters."""
        read = {i for p in self.plan.phases if isinstance(p, Block) for i in (*p.once, *_matrices(p))}
        made = [i for i in sorted(read) if self.origin.get(i) and i not in self.bare and self.is_number(i)]
        if made:
            yield f"computed once: {', '.join(dict.fromkeys(map(self.value, made)))}"

    def hoisted(self, block: Block, *, after: int) -> Iterator[str]:
        when = f"after loop {after}" if after else "before any loop"
        for group in block.groups:
            yield f"{when}, for all steps at once: 1 product of {self.value(group.operand)} {self.stacked(group)}"
        unit_by_unit = self.letters(i for i in block.once if i not in _matrices(block))
        if unit_by_unit:
            yield f"{when}, unit by unit: {' '.join(unit_by_unit)}"

    def loop(self, loop: Loop, number: int) -> Iterator[str]:
        states = ", ".join(self.trace.labels[s] for s in loop.states)
        yield f"loop {number} over {states}: {CLASSES[loop.kind]}"
        for group in loop.groups:
            yield f"  stage {group.stage}: 1 product a step of {self.value(group.operand)} {self.stacked(group)}"
        matrices = {i for i in loop.learned if len(self.trace.avals[i].shape) > 1}
        for values, what in (
            ([i for i in loop.learned if i not in matrices], "unit by unit"),
            (matrices, "as whole matrices, unit by unit"),
        ):
            if pointwise := self.letters(values):
                yield f"  {what}: {' '.join(pointwise)} (gradient added up in the carry)"

    def stacked(self, group: Group) -> str:
        """The matrices side by side in one product."""
        names = " ".join(dict.fromkeys(self.value(slot.matrix) for slot in group.slots))
        return f"[{names}], {_counted(group.rows, 'row')}"

    def letters(self, values: Iterable[int]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.value(i) for i in values if self.origin.get(i) and self.is_number(i)))

    def is_number(self, i: int) -> bool:
        """Whether it is no truth value and no index."""
        return bool(jnp.issubdtype(self.trace.avals[i].dtype, jnp.inexact))

    def value(self, i: int) -> str:
        """What a value is called, or how it is made."""
        if i in self.bare:
            return self.origin[i][0]
        if i in self.forms:
            return self.printer.write(self.forms[i])
        return f"a part of {' and '.join(self.origin[i])}" if self.origin.get(i) else "a value of the step"


def _matrices(block: Block) -> set[int]:
    return {slot.matrix for group in block.groups for slot in group.slots}


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"

"""How a cell runs: what is computed once, what for all steps at once, and what loops over time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

from carrousel.engine.cell import Cell
from carrousel.engine.kinds import Namespace
from carrousel.engine.memories import Memory
from carrousel.engine.trace import Op, Trace


class Slot(NamedTuple):
    """One product's rows in a stacked product."""

    name: str
    rows: int
    out: int
    matrix: int
    addend: int | None = None
    """A value known before the loop that is added to the stacked product itself."""


class Group(NamedTuple):
    """All products of one value: one stacked product. Slots with an addend come first."""

    operand: int
    kind: type[Namespace]
    stage: int
    slots: tuple[Slot, ...]

    @property
    def rows(self) -> int:
        """The rows of the stacked product."""
        return sum(s.rows for s in self.slots)

    @property
    def added(self) -> int:
        """The rows that have an addend."""
        return sum(s.rows for s in self.slots if s.addend is not None)


@dataclass(frozen=True, eq=False)
class Block:
    """Operations that run together."""

    ops: tuple[Op, ...]
    groups: tuple[Group, ...]
    once: tuple[int, ...]
    """Values computed once that it reads."""
    reads: tuple[int, ...]
    """Sequences that it reads: x, inputs, and what earlier blocks give."""
    gives: tuple[int, ...]
    """Sequences that later blocks, or the output, read from it."""


@dataclass(frozen=True, eq=False)
class Loop(Block):
    """Operations that run step by step."""

    states: tuple[int, ...]
    news: tuple[int, ...]
    kind: str
    """`products`, `matrix` (see `memory`), `elementwise`, or `linear` (linear and diagonal in the state)."""
    addends: tuple[tuple[int, ...], ...]
    """For each group, the hoisted addends of its slots, in order."""
    smooth: tuple[int, ...]
    """Sequences that its operations read and that carry a derivative."""
    whole: tuple[int, ...]
    """Sequences of whole numbers and truth values that its operations read."""
    learned: tuple[int, ...]
    """Values computed once from what is learned."""
    fixed: tuple[int, ...]
    """Other values computed once."""
    memory: Memory | None
    """Its one state, where that is a matrix that decays and takes in outer products."""


@dataclass(frozen=True, eq=False)
class Shift:
    """A state that is a sequence known already, one step late."""

    state: int
    new: int


@dataclass(frozen=True, eq=False)
class Plan:
    """A cell's step, sorted. Made by `planning.plan_cell`."""

    cell: Cell
    inputs: int
    hidden: int
    trace: Trace
    letters: dict[tuple[str, str], tuple[int, ...]]
    once: Block
    phases: tuple[Block | Loop | Shift, ...]
    named: dict[str, int]
    """The named values that it gives at every step; empty unless asked for."""

    @property
    def loops(self) -> tuple[Loop, ...]:
        """The blocks that loop over time."""
        return tuple(p for p in self.phases if isinstance(p, Loop))

    @property
    def hoisted(self) -> tuple[Block, ...]:
        """The blocks that run for all steps at once."""
        return tuple(p for p in self.phases if isinstance(p, Block) and not isinstance(p, Loop))

    @property
    def kind(self) -> str:
        """The execution class: that of the heaviest loop, or `shift` where nothing loops."""
        kinds = [loop.kind for loop in self.loops]
        return next((k for k in ("products", "matrix", "elementwise", "linear") if k in kinds), "shift")

    @property
    def parameters(self) -> int:
        """How many numbers training changes."""
        learned = self.cell.learned
        return sum(math.prod(shape) for (space, _), shape in self.letters.items() if space in learned)

    @property
    def dtype(self) -> Any:
        """The number format."""
        return self.trace.avals[self.trace.x].dtype

    @property
    def outputs(self) -> int:
        """The size of the output."""
        size: int = self.trace.avals[self.trace.results[0]].shape[0]
        return size

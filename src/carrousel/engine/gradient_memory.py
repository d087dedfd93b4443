"""What a gradient through a cell's loops holds in memory, counted from its plan.

Numbers a step of one sequence, with the sums over the plan's blocks (docs/scaling.md has them in words):

    forward  = Σ hoisted (rows + gives) + Σ loops (rows + states + gives)
    backward = forward + Σ loops (rows + smooth + operands)

Rows are those of stacked products, which are kept; gives are sequences that later blocks or the output read; smooth are
hoisted sequences that a loop's pointwise part reads, whose cotangents are sequences too. An operand is what a product
takes in where that is no state. Where a block's hoisted products are the addends of one stacked product of a loop and
nothing else, they are not copied once the forward loop is done. What JAX keeps for hoisted pointwise arithmetic (a norm
of the input's products, say) is not counted, and matrix memories in chunks and parallel scans keep something else.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from carrousel.engine.plan import Group, Loop, Plan, Shift
from carrousel.engine.recurrence import segment_length


class Held(NamedTuple):
    """Numbers that a gradient by the letters holds, inputs and letters apart."""

    forward: int
    """A step of one sequence, from the forward pass until this layer's backward pass."""
    backward: int
    """A step of one sequence, while the backward pass runs."""
    states: int
    """Of one sequence, between two segments."""
    outputs: int
    """A step of one sequence; `forward` holds them too."""
    matrices: int
    """Once: stacked matrices of the loops, as the forward pass and as the backward pass read them."""


def held(plan: Plan) -> Held:
    """Count what a plan's gradient holds."""

    def size(values: Iterable[int]) -> int:
        return sum(math.prod(plan.trace.avals[i].shape) for i in values)

    forward = backward = copied = matrices = 0
    addends = [set(parts) for loop in plan.loops for parts in loop.addends]
    for phase in plan.phases:
        if isinstance(phase, Shift):
            forward += size([phase.state])
            continue
        rows = sum(group.rows for group in phase.groups)
        if isinstance(phase, Loop):
            forward += rows + size(phase.states) + size(phase.gives)
            operands = [group.operand for group in phase.groups if group.operand not in phase.states]
            backward += rows + size(phase.smooth) + size(operands)
            matrices += sum(2 * _numbers(plan, group) for group in phase.groups if len(group.slots) > 1)
        else:
            given = size(phase.gives)
            forward += rows + given
            copied += given if set(phase.gives) in addends else 0
    return Held(forward - copied, forward + backward, size(plan.trace.states), plan.outputs, matrices)


def gradient_numbers(plan: Plan, *, time: int, batch: int, segment: int | None = None) -> int:
    """How many numbers the gradient of one layer holds at most, beside inputs, letters and results.

    In segments, the outputs of all steps and their cotangents are not among them.

    Args:
        plan: the cell at its sizes.
        time: steps.
        batch: sequences side by side.
        segment: as for `recur`: so many steps at a time are kept and the others computed again.
    """
    counts, steps = held(plan), kept_steps(time, segment)
    between = 0 if steps == time else math.ceil(time / steps) * counts.states
    return batch * (between + steps * counts.backward) + counts.matrices


def kept_steps(time: int, segment: int | None = None) -> int:
    """The steps whose insides are kept at a time: those of a segment, or all."""
    steps = segment_length(time) if segment is None else segment
    return steps if 0 < steps < time else time


def _numbers(plan: Plan, group: Group) -> int:
    return sum(math.prod(plan.trace.avals[slot.matrix].shape) for slot in group.slots)

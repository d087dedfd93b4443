"""A plan one step at a time: everything that needs no input done beforehand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax
from jax import Array

from carrousel.engine.kernels import Storage
from carrousel.engine.kinds import Matrices
from carrousel.engine.packing import kept_packed
from carrousel.engine.plan import Block, Group, Loop, Plan, Shift
from carrousel.engine.precision import Precision
from carrousel.engine.products import meeting, parted, plain_product, stacked, with_addends
from carrousel.engine.rounding import stored
from carrousel.engine.run import Letters, Once, compute_once
from carrousel.engine.trace import run_ops

Product = Callable[[Array], Array]


def stepper(
    plan: Plan,
    letters: Letters,
    precision: str = "float32",
    storage: Storage | None = None,
    streams: int = 1,
    words: Array | None = None,
) -> Callable[..., tuple[Array, tuple[Array, ...]]]:
    """One step of a batch as a function, with everything that needs no input done beforehand.

    Args:
        plan: the cell at its sizes.
        letters: its arrays.
        precision: `float32` or `mixed`.
        storage: what the stacked matrices are kept as where few sequences are run side by side and reading them is what
            takes time; None leaves their numbers as they are.
        streams: how many sequences will be run side by side; of several the matrices are packed where that pays.
        words: (words, inputs), where every x is one of few vectors: x comes by its number then, and what is made of it
            alone is made once for all of them.

    Returns:
        A function of (x (batch, inputs) or (batch,), states, further inputs (batch, …) in order) to (output, new
        states).
    """
    how = Precision(precision)
    once = compute_once(plan, letters, how)
    products = {
        (g.operand, g.kind): _product(g, stacked(g, once), how, storage, streams)
        for phase in (plan.once, *plan.phases)
        if isinstance(phase, Block)
        for g in phase.groups
    }
    trace = plan.trace
    wanted = trace.results
    tables: dict[int, Array] = {}
    phases = plan.phases
    if words is not None:
        tables, phases = _tabulated(plan, once, products, words)

    def step(x: Array, state: tuple[Array, ...], inputs: tuple[Array, ...] = ()) -> tuple[Array, tuple[Array, ...]]:
        def one(x: Array, inputs: Any, state: Any) -> Any:
            values = once | dict(zip((trace.x, *trace.inputs, *trace.states), (x, *inputs, *state), strict=True))
            values |= {
                i: table.at[x].get(mode="promise_in_bounds", wrap_negative_indices=False) for i, table in tables.items()
            }
            for phase in phases:
                if isinstance(phase, Block):
                    _one_step(phase, values, products)
            return [values[i] for i in wanted]

        y, *new = jax.vmap(one)(x, inputs, state)
        return y, tuple(new)

    return step


def _tabulated(
    plan: Plan, once: Once, products: Mapping[Any, Product], words: Array
) -> tuple[dict[int, Array], tuple[Any, ...]]:
    """What each of some vectors gives before any loop, a row each; and the phases that are left."""
    x, first = plan.trace.x, plan.phases[0]
    if isinstance(first, Loop | Shift) or set(first.reads) != {x}:
        return {x: words}, plan.phases

    def one(word: Array) -> dict[int, Array]:
        values = once | {x: word}
        _one_step(first, values, products)
        return {i: values[i] for i in (x, *first.gives)}

    return jax.vmap(one)(words), plan.phases[1:]


def _product(group: Group, matrix: Array, precision: Precision, storage: Storage | None, streams: int) -> Product:
    """What multiplies one vector by a group's stacked matrix."""
    if storage is not None and group.kind is Matrices:
        return stored(matrix, storage, streams=streams)
    operand = kept_packed(precision.operand(matrix), rows=streams)
    return lambda v: plain_product(group.kind, precision, v, operand)


def _one_step(block: Block, values: dict[int, Array], products: Mapping[Any, Product]) -> None:
    def apply(_: int, group: Group, v: Array) -> tuple[Array, ...]:
        parts = parted(group, products[group.operand, group.kind](v))
        added = [values[s.addend] for s in group.slots if s.addend is not None]
        return with_addends(parts, added)

    run_ops(block.ops, values, meeting(block.groups, values, apply))

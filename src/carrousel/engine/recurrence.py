"""A cell over sequences: lengths, resets, direction, segments."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array, lax

from carrousel.engine.cell import Cell
from carrousel.engine.gpu.choice import division_of
from carrousel.engine.loop import choose
from carrousel.engine.masks import draw_masks
from carrousel.engine.plan import Plan
from carrousel.engine.planning import plan_cell
from carrousel.engine.precision import Precision
from carrousel.engine.run import Letters, Once, Sequences, compute_once, last_true, run_plan
from carrousel.engine.scanning import Scan
from carrousel.errors import ShapeError

LONG = 1024
"""From this many steps on, sequences are cut into segments unless the caller says otherwise."""


class Recurred(NamedTuple):
    """What a cell gives over sequences."""

    outputs: Array
    """(time, batch, outputs), zero past a sequence's length."""
    state: tuple[Array, ...]
    """The states at each sequence's length, (batch, …) each."""
    named: dict[str, Array]
    """Every named value at every step, (time, batch, …); empty unless asked for."""


def recur(
    cell: Cell,
    letters: Letters,
    xs: Array,
    state: tuple[Array, ...],
    *,
    hidden: int,
    inputs: Mapping[str, Array] | None = None,
    lengths: Array | None = None,
    resets: Array | None = None,
    mask: Array | None = None,
    reverse: bool = False,
    precision: str = "float32",
    segment: int | None = None,
    scan: str = "auto",
    named: bool = False,
    key: Array | None = None,
) -> Recurred:
    """Run a cell over time.

    Args:
        cell: the cell.
        letters: its arrays, namespace -> letter -> array.
        xs: (time, batch, inputs).
        state: one array (batch, …) a state.
        hidden: the hidden size.
        inputs: the further inputs of the cell by name, (time, batch, …) each.
        lengths: (batch,) whole numbers; outputs past a length are zero and the state is the one at the length.
        resets: (time, batch) truth values; the state starts afresh before the step, and no gradient passes.
        mask: (time, batch) truth values; false leaves a step out: the state stays and the output is zero.
            A reset there is made at the next step that is not.
        reverse: each sequence from its own end.
        precision: `float32` (float64 stays float64) or `mixed`.
        segment: so many steps at a time are kept for the gradient, the others computed again; by default about
            the square root of the time from 1,024 steps on, and 0 means never. Where all loops are linear and run
            in parallel, or all loops in kernels, that default is 0.
        scan: how loops run that could take many steps at once. `steps`: one after the other. `parallel`: those that
            are linear and diagonal in the state by an associative scan, matrix memories in chunks. `auto`: matrix
            memories in chunks, linear loops as a table of measurements has it, and on one GPU in kernels what fits.
            `kernel`: in one launch on a GPU, elsewhere interpreted, slowly.
        named: give every named value at every step.
        key: a random key for the masks of a cell that is wrapped for training.

    Raises:
        ShapeError: an array has another shape than the cell needs.
        CellError: the cell draws masks and no key is given, or a kernel is wanted that it does not fit.
    """
    plan = plan_cell(cell, inputs=xs.shape[-1], hidden=hidden, dtype=xs.dtype, named=named)
    sequences, back = _prepared(plan, xs, inputs or {}, lengths, resets, mask, reverse=reverse)
    check_state(plan, state, batch=xs.shape[1])
    how = Precision(precision)
    drawn = draw_masks(plan.trace.masks, key, time=xs.shape[0], batch=xs.shape[1])
    sequences = sequences._replace(inputs=(*sequences.inputs, *drawn.over_time))
    once = compute_once(plan, letters, how, drawn.over_run)
    start = start_state(plan)
    way = Scan(scan)
    whole = way.is_parallel(xs.shape[0]) and plan.kind == "linear"
    whole = whole or (bool(plan.loops) and all(division_of(loop, plan, way, how, xs.shape[0]) for loop in plan.loops))
    steps = segment if segment is not None else 0 if whole else segment_length(xs.shape[0])
    if not xs.shape[0]:
        empty = jnp.zeros((0, xs.shape[1], plan.outputs), xs.dtype)
        return Recurred(empty, state, {})
    if steps and steps < xs.shape[0]:
        values, last = _in_segments(plan, once, sequences, state, start, how, steps, way)
    else:
        values, last = run_plan(plan, once, sequences, state, start, how, scan=way)
    if sequences.active is not None:
        values = {i: choose(sequences.active, v, jnp.zeros_like(v)) for i, v in values.items()}
    if back is not None:
        values = {i: back(v) for i, v in values.items()}
    return Recurred(values[plan.trace.results[0]], last, {n: values[i] for n, i in plan.named.items()})


def start_state(plan: Plan) -> tuple[Array, ...]:
    """The states of one sequence before its first step, as the cell's row has them (zero where it is silent)."""
    shapes = plan.cell.state_shapes(inputs=plan.inputs, hidden=plan.hidden)
    dtype = plan.trace.avals[plan.trace.x].dtype
    return tuple(jnp.full(shape, plan.cell.start.get(s, 0.0), dtype) for s, shape in shapes.items())


def segment_length(time: int) -> int:
    """How many steps are kept at a time: none below 1,024, else the divisor of `time` nearest to its root, if near."""
    if time < LONG:
        return 0
    root = math.isqrt(time)
    near = [n for n in range(max(2, root // 2), 2 * root + 1) if time % n == 0]
    return min(near, key=lambda n: max(n, time // n), default=root)


def check_state(plan: Plan, state: tuple[Array, ...], *, batch: int) -> None:
    """See that there is one array a state, batch axis first."""
    shapes = plan.cell.state_shapes(inputs=plan.inputs, hidden=plan.hidden)
    if len(state) != len(shapes):
        raise ShapeError(f"{plan.cell.name} has the states {', '.join(shapes)}, got {len(state)} arrays")
    for (name, shape), array in zip(shapes.items(), state, strict=True):
        if array.shape != (batch, *shape):
            hint = f"; for one sequence, add the batch axis: {name}[None]" if array.shape == shape else ""
            raise ShapeError(f"state {name} of {plan.cell.name} must be {(batch, *shape)}, got {array.shape}{hint}")


def _prepared(
    plan: Plan,
    xs: Array,
    inputs: Mapping[str, Array],
    lengths: Array | None,
    resets: Array | None,
    mask: Array | None,
    *,
    reverse: bool,
) -> tuple[Sequences, Any]:
    """The sequences as the loop takes them, and how to turn what comes out back."""
    time, batch = xs.shape[:2]
    shapes = plan.cell.input_shapes(inputs=plan.inputs, hidden=plan.hidden)
    if set(inputs) != set(shapes):
        raise ShapeError(
            f"beside xs {plan.cell.name} takes {', '.join(shapes) or 'no inputs'}, got {', '.join(inputs) or 'none'}"
        )
    for name, shape in shapes.items():
        if inputs[name].shape != (time, batch, *shape):
            raise ShapeError(f"input {name} must be {(time, batch, *shape)}, got {inputs[name].shape}")
    each = (("lengths", lengths, (batch,)), ("resets", resets, (time, batch)), ("mask", mask, (time, batch)))
    for name, array, shape in each:
        if array is not None and array.shape != shape:
            raise ShapeError(f"{name} must be {shape}, got {array.shape}")
    given = [xs, *(inputs[name].astype(xs.dtype) for name in shapes)]
    active = None if lengths is None else jnp.arange(time)[:, None] < lengths
    kept = _both(active, mask)
    given = [a if kept is None else choose(kept, a, jnp.zeros_like(a)) for a in given]
    if not reverse:
        return Sequences(tuple(given), _moved(resets, mask), kept), None
    ends = jnp.full((batch,), time) if lengths is None else lengths
    place = jnp.where(jnp.arange(time)[:, None] < ends, ends - 1 - jnp.arange(time)[:, None], jnp.arange(time)[:, None])

    def turn(a: Array) -> Array:
        return jnp.flip(a, axis=0) if lengths is None else a[place, jnp.arange(batch)]

    turned, mask = (None if a is None else turn(a) for a in (resets, mask))
    return Sequences(tuple(map(turn, given)), _moved(turned, mask), _both(active, mask)), turn


def _both(active: Array | None, mask: Array | None) -> Array | None:
    if active is None or mask is None:
        return mask if active is None else active
    return active & mask


def _moved(resets: Array | None, mask: Array | None) -> Array | None:
    """The resets, those of steps that are left out at the next step that is not."""
    if resets is None or mask is None:
        return resets
    count = jnp.cumsum(resets, axis=0)
    before = last_true(mask)[:-1]
    made = jnp.where(before >= 0, jnp.take_along_axis(count, jnp.maximum(before, 0), axis=0), 0)
    return count > jnp.concatenate([jnp.zeros_like(count[:1]), made])


def _in_segments(
    plan: Plan,
    once: Once,
    sequences: Sequences,
    state: tuple[Array, ...],
    start: tuple[Array, ...],
    precision: Precision,
    steps: int,
    scan: Scan,
) -> tuple[dict[int, Array], tuple[Array, ...]]:
    """Keep the states between segments only; their insides are computed again for the gradient."""
    time = sequences.inputs[0].shape[0]
    cut = time // steps * steps

    @jax.checkpoint
    def part(state: tuple[Array, ...], piece: Sequences, once: Once) -> Any:
        values, last = run_plan(plan, once, piece, state, start, precision, scan=scan)
        return last, values

    pieces = jax.tree.map(lambda a: a[:cut].reshape(cut // steps, steps, *a.shape[1:]), sequences)
    last, values = lax.scan(lambda s, piece: part(s, piece, once), state, pieces)
    values = {i: v.reshape(cut, *v.shape[2:]) for i, v in values.items()}
    if cut < time:
        last, rest = part(last, jax.tree.map(lambda a: a[cut:], sequences), once)
        values = {i: jnp.concatenate([v, rest[i]]) for i, v in values.items()}
    return values, last

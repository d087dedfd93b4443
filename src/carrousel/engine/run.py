"""A plan over sequences: what is computed once, what for all steps at once, and the loops, in order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array, lax

from carrousel.engine.affine import run_parallel
from carrousel.engine.chunks import run_chunks
from carrousel.engine.gpu.choice import way_in_kernel
from carrousel.engine.letters import letter_p
from carrousel.engine.loop import Control, Given, How, choose, run_loop
from carrousel.engine.masks import masks_over_time
from carrousel.engine.plan import Block, Group, Loop, Plan, Shift
from carrousel.engine.precision import Precision
from carrousel.engine.products import parted_linearly, product, split, stacked
from carrousel.engine.scanning import Scan
from carrousel.engine.trace import Op, run_ops

Letters = Mapping[str, Mapping[str, Array]]
Once = dict[int, Array]


class Sequences(NamedTuple):
    """What a plan runs over."""

    inputs: tuple[Array, ...]
    """x (time, batch, inputs), the further inputs and the masks of steps and sequences (time, batch, …)."""
    resets: Array | None = None
    """(time, batch)."""
    active: Array | None = None
    """(time, batch), false past a length and where a mask leaves a step out."""


def compute_once(plan: Plan, letters: Letters, precision: Precision, masks: Mapping[int, Array] | None = None) -> Once:
    """Everything made of letters, constants and masks of the whole run; what is not learned carries no derivative."""
    learned = plan.cell.learned
    values: Once = {i: jnp.asarray(c) for i, c in plan.trace.constants.items()} | dict(masks or {})
    for op in plan.once.ops:
        if op.primitive is letter_p:
            space, letter = op.params["name"]
            array = letters[space][letter]
            values[op.outs[0]] = array if space in learned else lax.stop_gradient(array)

    def apply(op: Op) -> None:
        group = Group(op.values[0], op.params["kind"], 0, ())
        values[op.outs[0]] = product(
            group.kind, precision, values[op.values[0]], values[op.values[1]].swapaxes(-1, -2)
        ).reshape(-1)

    run_ops(plan.once.ops, values, apply)
    return values


def run_plan(
    plan: Plan,
    once: Once,
    sequences: Sequences,
    state: tuple[Array, ...],
    start: tuple[Array, ...],
    precision: Precision,
    *,
    scan: Scan = Scan.AUTO,
) -> tuple[dict[int, Array], tuple[Array, ...]]:
    """Run all phases: (every sequence that is given, by its number; the last states).

    Loops that could run over many steps at once do as `scan` says.
    """
    trace = plan.trace
    time, batch = sequences.inputs[0].shape[:2]
    numbers = (trace.x, *trace.inputs, *masks_over_time(trace.masks))
    values: dict[int, Array] = dict(zip(numbers, sequences.inputs, strict=True))
    last = dict(zip(trace.states, state, strict=True))
    fresh = dict(zip(trace.states, start, strict=True))
    for phase in plan.phases:
        if isinstance(phase, Loop):
            control = Control(
                tuple(fresh[s] for s in phase.states),
                sequences.resets,
                sequences.active,
                tuple(values[i] for i in phase.whole),
                tuple(once[i] for i in phase.fixed),
            )
            given = Given(
                tuple(last[s] for s in phase.states),
                tuple(_together([values[i] for i in a]) for a in phase.addends),
                tuple(values[i] for i in phase.smooth),
                tuple(once[i] for i in phase.learned),
                tuple(stacked(g, once) for g in phase.groups),
            )
            way = _way(phase, plan, scan, precision, time, resets=sequences.resets is not None)
            ends, gives = way(How(phase, precision, time), control, given)
            last |= dict(zip(phase.states, ends, strict=True))
            values |= dict(zip(phase.gives, gives, strict=True))
        elif isinstance(phase, Shift):
            new = _sequence(phase.new, values, once, time, batch)
            s = phase.state
            values[s], last[s] = _shifted(new, last[s], fresh[s], sequences)
        else:
            _run_hoisted(phase, once, values, precision)
    wanted = {plan.trace.results[0], *(i for i in plan.named.values())}
    return {i: _sequence(i, values, once, time, batch) for i in wanted}, tuple(last[s] for s in trace.states)


def _way(loop: Loop, plan: Plan, scan: Scan, precision: Precision, time: int, *, resets: bool) -> Any:
    """How a loop runs."""
    if in_kernel := way_in_kernel(loop, plan, scan, precision, time):
        return in_kernel
    if loop.kind == "linear" and scan.is_parallel(time):
        return run_parallel
    if loop.kind == "matrix" and scan is not Scan.STEPS and time > 1:
        from_zero = not plan.cell.start.get(plan.trace.labels[loop.states[0]], 0.0)
        return run_chunks if from_zero or not resets else run_loop
    return run_loop


def _together(parts: list[Array]) -> Array | None:
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else jnp.concatenate(parts, axis=-1)


def _sequence(i: int, values: dict[int, Array], once: Once, time: int, batch: int) -> Array:
    return values[i] if i in values else jnp.broadcast_to(once[i], (time, batch, *once[i].shape))


def _run_hoisted(block: Block, once: Once, values: dict[int, Array], precision: Precision) -> None:
    """All steps of all sequences at once: products on whole arrays, everything else mapped over time and batch."""
    groups = {(g.operand, g.kind): g for g in block.groups}
    done: set[Any] = set()
    for op in block.ops:
        key = (op.values[0], op.params["kind"]) if op.run is None else None
        if key is not None:
            if key not in done:
                done.add(key)
                group = groups[key]
                z = product(group.kind, precision, values[group.operand], stacked(group, once))
                split(group, parted_linearly(group, z), values)
            continue
        reads = [values[i] if i in values else once[i] for i in op.values]
        axes = [0 if i in values else None for i in op.values]
        out = jax.vmap(jax.vmap(_with_literals(op), axes), axes)(*reads)
        values.update(zip(op.outs, out if op.primitive.multiple_results else [out], strict=True))


def _with_literals(op: Op) -> Any:
    assert op.run is not None
    run = op.run

    def called(*reads: Any) -> Any:
        left = iter(reads)
        return run(*[next(left) if isinstance(i, int) else i.val for i in op.ins])

    return called


def last_true(flags: Array) -> Array:
    """For each step and sequence of (time, batch) the last step up to it whose flag is true; -1 before the first."""
    return lax.cummax(jnp.where(flags, jnp.arange(flags.shape[0])[:, None], -1), axis=0)


def _shifted(new: Array, state: Array, start: Array, sequences: Sequences) -> tuple[Array, Array]:
    """The values before each step, and the last one, of a state whose new values are all known."""
    if sequences.active is None:
        old, end = jnp.concatenate([state[None], new[:-1]]), new[-1]
    else:
        last, batch = last_true(sequences.active), jnp.arange(new.shape[1])
        after = choose(last >= 0, new[jnp.maximum(last, 0), batch], jnp.broadcast_to(state, new.shape))
        old, end = jnp.concatenate([state[None], after[:-1]]), after[-1]
    if sequences.resets is not None:
        old = choose(sequences.resets, jnp.broadcast_to(start, old.shape), old)
    return old, end

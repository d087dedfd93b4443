"""A loop forward over a whole sequence by clusters of blocks: each keeps its rows of the matrices and its states."""

from __future__ import annotations

from typing import Any

import jax
from jax import Array, lax

from carrousel.engine.gpu.blocks import BLOCK, OnChip, Threads
from carrousel.engine.gpu.forward import kept_shapes
from carrousel.engine.gpu.meeting import CLUSTER, Meeting, buffers, launch
from carrousel.engine.gpu.sharing import Sharing
from carrousel.engine.gpu.spreading import (
    clusters,
    gathered,
    shape_of,
    spread,
    spread_flag,
    spread_matrix,
    spread_once,
)
from carrousel.engine.gpu.step import Launch, over_time
from carrousel.engine.loop import Control, Given, choose, forward, keeping, restart
from carrousel.engine.plan import Group
from carrousel.engine.precision import bfloat16_multiplied


@bfloat16_multiplied()
def forward_in_cluster(how: Launch[Sharing], control: Control, given: Given, *, keep: bool) -> tuple[Any, Any]:
    """Run the loop: ((last states, given sequences), (states before each step, stacked products) if kept)."""
    loop, sharing, precision = how.how.loop, how.division, how.how.precision
    time, batch = how.how.length, given.state[0].shape[0]
    matrices = [precision.operand(m) for m in given.matrices]
    ins = {
        "state": [spread(s, "bu", sharing) for s in given.state],
        "addends": [None if a is None else spread(a, "tbs", sharing) for a in given.addends],
        **steering(control, given, sharing),
        "start": [spread_once(s, sharing) for s in control.start] if control.resets is not None else [],
        "matrices": [spread_matrix(m, sharing.rows(g), sharing) for g, m in zip(loop.groups, matrices, strict=True)],
    }
    (_, gives), _ = jax.eval_shape(lambda: forward(how.how, control, given, keep=False))
    states, products = kept_shapes(how, given)
    outs = {
        "last": [shape_of(s.shape, "bu", sharing, s.dtype) for s in given.state],
        "gives": [shape_of(a.shape, "tbu", sharing, a.dtype) for a in gives],
        "states": [shape_of(s.shape, "tbu", sharing, s.dtype) for s in states] if keep else [],
        "products": [shape_of(z.shape, "tbs", sharing, z.dtype) for z in products] if keep else [],
    }
    blocks = (Threads if how.interpret else OnChip)(sharing)

    def kernel(ins: Any, outs: Any, memory: Any, barriers: Any) -> None:
        here = lax.axis_index(CLUSTER), lax.axis_index(BLOCK)
        meeting = Meeting(blocks, sharing, memory, barriers)
        meeting.hold(ins["matrices"])
        learned, fixed, start = ([blocks.read(a.at[here[1]]) for a in ins[n]] for n in ("learned", "fixed", "start"))
        fixed = [was_true(v, a) for v, a in zip(fixed, control.fixed, strict=True)]

        def read(k: Any) -> Any:
            addends = tuple(
                None if a is None else tuple(blocks.read(a.at[(k, *here, n)]) for n in range(a.shape[3]))
                for a in ins["addends"]
            )
            return addends, *read_steering(blocks, k, here, ins, control)

        def step(k: Any, state: Any, now: Any) -> Any:
            addends, smooth, whole, reset, active = now

            def multiply(n: int, group: Group, v: Array) -> tuple[Array, ...]:
                return meeting.multiply(k, n, group, v)

            fresh = restart(tuple(start), reset, state)
            new, gives, products = keeping(loop, multiply, learned, fixed)(fresh, addends, smooth, whole)
            put(k, here, outs["gives"], gives)
            if keep:
                put(k, here, outs["states"], fresh)
                put_slots(k, here, outs["products"], products)
            return tuple(map(blocks.settled, choose(active, new, state)))

        last = over_time(step, read, tuple(blocks.read(s.at[here]) for s in ins["state"]), time)
        for ref, value in zip(outs["last"], last, strict=True):
            ref[here] = value

    memory = buffers(sharing, matrices[0].dtype, given.state[0].dtype, backward=False)
    out = launch(kernel, blocks, memory, ins, outs, count=clusters(batch), name="loop_forward")

    def taken(parts: list[Array], axes: str) -> tuple[Array, ...]:
        return tuple(gathered(a, axes, batch) for a in parts)

    kept = (taken(out["states"], "tbu"), taken(out["products"], "tbs")) if keep else None
    return (taken(out["last"], "bu"), taken(out["gives"], "tbu")), kept


def steering(control: Control, given: Given, sharing: Sharing) -> dict[str, Any]:
    """What both directions read beside states and products, in parts."""
    return {
        "smooth": [spread(s, "tbu", sharing) for s in given.smooth],
        "whole": [spread(s, "tbu", sharing) for s in control.whole],
        "learned": [spread_once(a, sharing) for a in given.learned],
        "fixed": [spread_once(a, sharing) for a in control.fixed],
        "flags": [None if a is None else spread_flag(a, sharing) for a in (control.resets, control.active)],
    }


def read_steering(blocks: Any, k: Any, here: Any, ins: Any, control: Control) -> tuple[Any, ...]:
    """Step `k` of the sequences that steer: smooth ones, whole ones, the reset, and whether the step is taken."""
    smooth = tuple(blocks.read(a.at[(k, *here)]) for a in ins["smooth"])
    whole = tuple(was_true(blocks.read(a.at[(k, *here)]), w) for a, w in zip(ins["whole"], control.whole, strict=True))
    reset, active = (None if a is None else blocks.read(a.at[(k, here[0])]) != 0 for a in ins["flags"])
    return smooth, whole, reset, active


def was_true(value: Array, array: Array) -> Array:
    """Whole numbers that stand for truth values, as such again."""
    return value != 0 if array.dtype == bool else value


def put(k: Any, here: Any, refs: Any, values: Any) -> None:
    """Write step `k` of this block's part of sequences."""
    for ref, value in zip(refs, values, strict=True):
        ref[(k, *here)] = value


def put_slots(k: Any, here: Any, refs: Any, products: Any) -> None:
    """Write step `k` of this block's part of stacked products."""
    for ref, parts in zip(refs, products, strict=True):
        for n, part in enumerate(parts):
            ref[(k, *here, n)] = part

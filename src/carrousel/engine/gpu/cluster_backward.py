"""A loop's reverse over a whole sequence by clusters of blocks; the gradients of matrices come after it."""

from __future__ import annotations

import functools
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array, lax

from carrousel.engine.gpu.blocks import BLOCK, OnChip, Threads
from carrousel.engine.gpu.cluster_forward import put, put_slots, read_steering, steering, was_true
from carrousel.engine.gpu.meeting import CLUSTER, Meeting, buffers, launch
from carrousel.engine.gpu.sharing import Sharing
from carrousel.engine.gpu.spreading import clusters, gathered, shape_of, spread, spread_matrix
from carrousel.engine.gpu.step import Launch, after_loop, over_time
from carrousel.engine.loop import Control, Given, around, step_back
from carrousel.engine.plan import Group
from carrousel.engine.precision import bfloat16_multiplied


@bfloat16_multiplied()
def backward_in_cluster(how: Launch[Sharing], control: Control, given: Given, kept: Any, cotangents: Any) -> Given:
    """The cotangents of what the loop is a function of, as `loop.backward` gives them."""
    loop, sharing, precision = how.how.loop, how.division, how.how.precision
    time, batch = how.how.length, given.state[0].shape[0]
    (states, products), (dlast, dgives) = kept, cotangents
    outer = [n for n, g in enumerate(loop.groups) if g.operand not in loop.states]
    matrices = [precision.operand(m) for m in given.matrices]
    ins = {
        "states": [spread(s, "tbu", sharing) for s in states],
        "products": [spread(z, "tbs", sharing) for z in products],
        **steering(control, given, sharing),
        "matrices": [spread_matrix(m, sharing.rows(g), sharing) for g, m in zip(loop.groups, matrices, strict=True)],
        "dlast": [spread(d, "bu", sharing, fill="constant") for d in dlast],
        "dgives": [spread(d, "tbu", sharing, fill="constant") for d in dgives],
    }
    sequence = (time, *given.state[0].shape)
    outs = {
        "state": [shape_of(s.shape, "bu", sharing, s.dtype) for s in given.state],
        "z": [shape_of(z.shape, "tbs", sharing, z.dtype) for z in products],
        "smooth": [shape_of(s.shape, "tbu", sharing, s.dtype) for s in given.smooth],
        "learned": [shape_of(given.state[0].shape, "bu", sharing, a.dtype) for a in given.learned],
        "operands": [shape_of(sequence, "tbu", sharing, products[n].dtype) for n in outer],
    }
    blocks = (Threads if how.interpret else OnChip)(sharing)

    def kernel(ins: Any, outs: Any, memory: Any, barriers: Any) -> None:
        here = lax.axis_index(CLUSTER), lax.axis_index(BLOCK)
        meeting = Meeting(blocks, sharing, memory, barriers)
        meeting.clear()
        meeting.hold(ins["matrices"])
        learned, fixed = (tuple(blocks.read(a.at[here[1]]) for a in ins[n]) for n in ("learned", "fixed"))
        fixed = tuple(was_true(v, a) for v, a in zip(fixed, control.fixed, strict=True))

        def read(k: Any) -> Any:
            states, dgives = (tuple(blocks.read(a.at[(k, *here)]) for a in ins[n]) for n in ("states", "dgives"))
            z = tuple(tuple(blocks.read(a.at[(k, *here, n)]) for n in range(a.shape[3])) for a in ins["products"])
            return states, z, dgives, *read_steering(blocks, k, here, ins, control)

        def back(k: Any, sums: Any, now: Any) -> Any:
            (dstate, dlearned), (state, z, dgive, smooth, whole, reset, active) = sums, now

            def keep(n: int, group: Group, v: Array, addends: Any, products: Any) -> tuple[Array, ...]:
                return _kept(functools.partial(meeting.turn, k, n, group), v, addends, products)

            def one(state: Any, addends: Any, smooth: Any, learned: Any) -> Any:
                return around(loop, keep, fixed)(state, addends, smooth, learned, z, whole)

            pulled, operands = step_back(one, (state, z, smooth, learned), (dstate, dgive), reset, active)
            below, dz, dsmooth, more = pulled
            put_slots(k, here, outs["z"], dz)
            put(k, here, outs["smooth"], dsmooth)
            put(k, here, outs["operands"], [operands[n] for n in outer])
            return jax.tree.map(blocks.settled, (below, tuple(map(jnp.add, dlearned, more))))

        zeros = tuple(blocks.settled(jnp.zeros_like(a)) for a in learned)
        start = tuple(blocks.read(d.at[here]) for d in ins["dlast"]), zeros
        dstate, dlearned = over_time(back, read, start, time, reverse=True)
        for ref, value in zip((*outs["state"], *outs["learned"]), (*dstate, *dlearned), strict=True):
            ref[here] = value
        blocks.meet(barriers)  # a block's memory is there until all have read it

    memory = buffers(sharing, matrices[0].dtype, given.state[0].dtype, backward=True)
    out = launch(kernel, blocks, memory, ins, outs, count=clusters(batch), name="loop_backward")

    def taken(parts: list[Array], axes: str) -> tuple[Array, ...]:
        return tuple(gathered(a, axes, batch) for a in parts)

    dlearned = (gathered(d, "bu", batch).sum(axis=0) for d in out["learned"])
    operands = dict(zip(outer, taken(out["operands"], "tbu"), strict=True))
    daddends, dmatrices = after_loop(loop, precision, states, operands, taken(out["z"], "tbs"))
    return Given(
        taken(out["state"], "bu"),
        daddends,
        taken(out["smooth"], "tbu"),
        tuple(d if a.ndim else d.sum() for a, d in zip(given.learned, dlearned, strict=True)),
        dmatrices,
    )


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def _kept(turn: Any, v: Array, addends: Any, z: Any) -> tuple[Array, ...]:  # noqa: ARG001
    """The values `z` that were kept of a group's products and addends, with the derivative of their sums."""
    return tuple(z)


def _kept_forward(turn: Any, v: Array, addends: Any, z: Any) -> tuple[tuple[Array, ...], None]:  # noqa: ARG001
    return tuple(z), None


def _kept_backward(turn: Any, kept: None, dz: tuple[Array, ...]) -> tuple[Any, ...]:  # noqa: ARG001
    return turn(dz), dz, None


_kept.defvjp(_kept_forward, _kept_backward)

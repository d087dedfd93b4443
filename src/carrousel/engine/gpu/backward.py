"""A loop's reverse over a whole sequence in one launch; the gradients of matrices come after it, as everywhere."""

from __future__ import annotations

import functools
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array, lax

from carrousel.engine.gpu.fitting import Division
from carrousel.engine.gpu.programs import Port, launch
from carrousel.engine.gpu.step import (
    Launch,
    after_loop,
    at,
    flags,
    like,
    numbers,
    over_time,
    parts_at,
    ports,
    product_axes,
    put,
    put_parts,
    read_numbers,
    spans,
    stacks,
    told,
)
from carrousel.engine.kinds import Blocks, Matrices
from carrousel.engine.loop import Control, Given, around, step_back
from carrousel.engine.plan import Group
from carrousel.engine.precision import Precision, bfloat16_multiplied
from carrousel.engine.products import back_product


@bfloat16_multiplied()
def backward_in_kernel(how: Launch[Division], control: Control, given: Given, kept: Any, cotangents: Any) -> Given:
    """The cotangents of what the loop is a function of, as `loop.backward` gives them."""
    (loop, precision, time), division = how.how, how.division
    part = division.loop
    (states, products), (dlast, dgives) = kept, cotangents
    batch = given.state[0].shape[0]
    heads = any(g.kind is Blocks for g in loop.groups)
    outer = {n: g for n, g in enumerate(loop.groups) if g.operand not in loop.states}
    turned = [lax.optimization_barrier(precision.operand(m).swapaxes(-1, -2)) for m in given.matrices]
    ins = {
        "states": ports("tb", states),
        "products": tuple(Port(z, product_axes(g)) for g, z in zip(loop.groups, products, strict=True)),
        "smooth": ports("tb", given.smooth),
        "whole": ports("tb", control.whole),
        "learned": numbers(given.learned),
        "fixed": numbers(control.fixed),
        "turned": stacks(turned, heads=heads),
        "flags": flags(control),
        "dlast": ports("b", dlast, "constant"),  # units that were filled up add nothing to what all units share
        "dgives": ports("tb", dgives, "constant"),
    }
    outs = {
        "state": ports("b", (like(s.shape, s.dtype) for s in given.state)),
        "z": tuple(Port(like(z.shape, z.dtype), product_axes(g)) for g, z in zip(loop.groups, products, strict=True)),
        "smooth": ports("tb", (like(s.shape, s.dtype) for s in given.smooth)),
        "learned": tuple(
            Port(like((batch, *a.shape), a.dtype), "bu")
            if a.ndim
            else Port(like((division.parts, batch), a.dtype), "hb")
            for a in given.learned
        ),
        "operands": {
            n: Port(like((time, batch, given.matrices[n].shape[-2] * _heads(how, n)), z.dtype), "tbu")
            for n, z in ((n, products[n]) for n in outer)
        },
    }

    def kernel(ins: Any, outs: Any) -> None:
        rows = [[m[span] for span in spans(g)] for g, m in zip(part.groups, ins["turned"], strict=True)]

        def keep(n: int, group: Group, v: Array, addends: Any, products: Any) -> tuple[Array, ...]:  # noqa: ARG001
            return tuple(map(functools.partial(_kept, precision, v), rows[n], addends, products))

        step = around(part, keep, read_numbers(ins["fixed"], control.fixed))
        each = [jnp.broadcast_to(a, (division.tile, *a.shape)) for a in read_numbers(ins["learned"], given.learned)]

        def read(k: Any) -> Any:
            z = tuple(parts_at(k, ref, g) for g, ref in zip(part.groups, ins["products"], strict=True))
            sequences = at(k, ins["states"], states), z, at(k, ins["smooth"], given.smooth)
            rest = at(k, ins["whole"], control.whole), at(k, ins["dgives"], dgives)
            return (*sequences, *rest, *(told(k, ref) for ref in ins["flags"]))

        def back(k: Any, sums: Any, now: Any) -> Any:
            (dstate, dlearned), (state, z, smooth, whole, dgive, reset, active) = sums, now

            def whole_batch(state: Any, addends: Any, smooth: Any, learned: Any) -> Any:
                return jax.vmap(step)(state, addends, smooth, learned, z, whole)

            pulled, operands = step_back(whole_batch, (state, z, smooth, tuple(each)), (dstate, dgive), reset, active)
            below, dz, dsmooth, more = pulled
            for group, ref, d in zip(part.groups, outs["z"], dz, strict=True):
                put_parts(k, ref, group, d)
            put(k, outs["smooth"], dsmooth)
            put(k, outs["operands"].values(), (operands[n] for n in outs["operands"]))
            return below, tuple(map(jnp.add, dlearned, more))

        start = tuple(d[...] for d in ins["dlast"]), tuple(map(jnp.zeros_like, each))
        dstate, dlearned = over_time(back, read, start, time, reverse=True)
        for ref, value in zip((*outs["state"], *outs["learned"]), (*dstate, *dlearned), strict=True):
            ref[...] = value

    out = launch(kernel, division, ins, outs, batch=batch, interpret=how.interpret)
    daddends, dmatrices = after_loop(loop, precision, states, out["operands"], out["z"])
    return Given(
        out["state"],
        daddends,
        out["smooth"],
        tuple(d.sum(axis=0) if a.ndim else d.sum() for a, d in zip(given.learned, out["learned"], strict=True)),
        dmatrices,
    )


def _heads(how: Launch[Division], n: int) -> int:
    return how.division.parts if how.how.loop.groups[n].kind is Blocks else 1


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def _kept(precision: Precision, v: Array, turned: Array, addend: Array, z: Array) -> Array:  # noqa: ARG001
    """The value `z` that the forward kernel kept of a product and its addend, with the derivative of their sum."""
    return z


def _kept_forward(precision: Precision, v: Array, turned: Array, addend: Array, z: Array) -> tuple[Array, Array]:  # noqa: ARG001
    return z, turned


def _kept_backward(precision: Precision, turned: Array, dz: Array) -> tuple[Any, ...]:
    return back_product(Matrices, precision, dz, turned), None, dz, None


_kept.defvjp(_kept_forward, _kept_backward)

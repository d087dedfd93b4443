"""A loop forward over a whole sequence in one launch: matrices are read once, states stay with their program."""

from __future__ import annotations

from typing import Any

import jax
from jax import Array

from carrousel.engine.gpu.fitting import Division
from carrousel.engine.gpu.programs import Port, launch
from carrousel.engine.gpu.step import (
    Launch,
    at,
    flags,
    like,
    numbers,
    over_time,
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
from carrousel.engine.loop import Control, Given, choose, forward, keeping, restart
from carrousel.engine.plan import Group
from carrousel.engine.precision import bfloat16_multiplied
from carrousel.engine.products import plain_product


def kept_shapes(how: Launch[Any], given: Given) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Shapes of the states before each step and of the stacked products."""
    time, batch = how.how.length, given.state[0].shape[0]
    states = tuple(like((time, *s.shape), s.dtype) for s in given.state)
    products = tuple(like((time, batch, *m.shape[:-2], m.shape[-1]), m.dtype) for m in given.matrices)
    return states, products


@bfloat16_multiplied()
def forward_in_kernel(how: Launch[Division], control: Control, given: Given, *, keep: bool) -> tuple[Any, Any]:
    """Run the loop: ((last states, given sequences), (states before each step, stacked products) if kept)."""
    loop, precision = how.how.loop, how.how.precision
    part = how.division.loop
    batch = given.state[0].shape[0]
    heads = any(g.kind is Blocks for g in loop.groups)
    ins = {
        "state": ports("b", given.state),
        "addends": tuple(None if a is None else Port(a, "tbw") for a in given.addends),
        "smooth": ports("tb", given.smooth),
        "whole": ports("tb", control.whole),
        "learned": numbers(given.learned),
        "fixed": numbers(control.fixed),
        "start": numbers(control.start) if control.resets is not None else (),
        "matrices": stacks((precision.operand(m) for m in given.matrices), heads=heads),
        "flags": flags(control),
    }
    (_, gives), _ = jax.eval_shape(lambda: forward(how.how, control, given, keep=False))
    states, products = kept_shapes(how, given)
    outs = {
        "last": ports("b", (like(s.shape, s.dtype) for s in given.state)),
        "gives": ports("tb", gives),
        "states": ports("tb", states) if keep else (),
        "products": tuple(Port(z, product_axes(g)) for g, z in zip(loop.groups, products, strict=True)) if keep else (),
    }

    def kernel(ins: Any, outs: Any) -> None:
        matrices = [[m[:, span] for span in spans(g)] for g, m in zip(part.groups, ins["matrices"], strict=True)]
        start = read_numbers(ins["start"], control.start) if ins["start"] else ()

        def multiply(n: int, group: Group, v: Array) -> tuple[Array, ...]:  # noqa: ARG001 - a product's signature
            return tuple(plain_product(Matrices, precision, v, m) for m in matrices[n])

        learned, fixed = read_numbers(ins["learned"], given.learned), read_numbers(ins["fixed"], control.fixed)
        one = keeping(part, multiply, learned, fixed)

        def read(k: Any) -> Any:
            addends = tuple(
                None if a is None else tuple(a[k, :, span] for span in spans(g) if span.stop <= g.added)
                for g, a in zip(part.groups, ins["addends"], strict=True)
            )
            sequences = at(k, ins["smooth"], given.smooth), at(k, ins["whole"], control.whole)
            return (addends, *sequences, *(told(k, ref) for ref in ins["flags"]))

        def step(k: Any, state: Any, now: Any) -> Any:
            addends, smooth, whole, reset, active = now
            fresh = restart(start, reset, state)
            new, gives, products = jax.vmap(one)(fresh, addends, smooth, whole)
            put(k, outs["gives"], gives)
            if keep:
                put(k, outs["states"], fresh)
                for group, ref, z in zip(part.groups, outs["products"], products, strict=True):
                    put_parts(k, ref, group, z)
            return choose(active, new, state)

        last = over_time(step, read, tuple(s[...] for s in ins["state"]), how.how.length)
        for ref, value in zip(outs["last"], last, strict=True):
            ref[...] = value

    out = launch(kernel, how.division, ins, outs, batch=batch, interpret=how.interpret)
    return (out["last"], out["gives"]), (out["states"], out["products"]) if keep else None

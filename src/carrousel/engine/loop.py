"""One component of states over time, and its derivative in every mode.

Forwards, the pre-activations of each stacked product are kept. Backwards, a loop in reverse pulls the cotangents
through the step, and then every stacked product has one weight-gradient product over all steps at once.
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array, lax

from carrousel.engine.linear import linear_with_transpose
from carrousel.engine.packing import Packed, packed
from carrousel.engine.plan import Group, Loop
from carrousel.engine.precision import Precision
from carrousel.engine.products import (
    joined,
    known,
    meeting,
    parted,
    parted_linearly,
    plain_product,
    weight_gradient,
    with_addends,
)
from carrousel.engine.trace import run_ops


class How(NamedTuple):
    """What a loop is compiled for."""

    loop: Loop
    precision: Precision
    length: int


class Control(NamedTuple):
    """What steers a loop and carries no derivative."""

    start: tuple[Array, ...]
    """The states after a reset, of one sequence."""
    resets: Array | None
    """(time, batch), true where the state starts afresh before the step."""
    active: Array | None
    """(time, batch), false where a sequence has ended or leaves a step out: its states stay."""
    whole: tuple[Array, ...]
    """Sequences of whole numbers and truth values that the step reads, (time, batch, …)."""
    fixed: tuple[Array, ...]
    """Values computed once that carry no derivative."""


class Given(NamedTuple):
    """What a loop is a differentiable function of."""

    state: tuple[Array, ...]
    """The states that come in, (batch, …) each."""
    addends: tuple[Array | None, ...]
    """For each stacked product what is added to its first rows, (time, batch, rows)."""
    smooth: tuple[Array, ...]
    """Other sequences that the step reads, (time, batch, …)."""
    learned: tuple[Array, ...]
    """Values computed once from what is learned."""
    matrices: tuple[Array, ...]
    """One stacked matrix a group."""


class Kept(NamedTuple):
    """What the forward loop keeps for the derivative."""

    state: tuple[Array, ...]
    """The states before each step, after a reset."""
    products: tuple[tuple[Array, ...], ...]
    """The stacked products with their addends, each in its parts."""


def choose(flag: Array | None, yes: Any, no: Any) -> Any:
    """For each sequence of a batch one of two, leaf by leaf; `yes` where there is no flag."""
    if flag is None:
        return yes
    return jax.tree.map(lambda a, b: jnp.where(flag.reshape(flag.shape + (1,) * (a.ndim - flag.ndim)), a, b), yes, no)


def add_first(z: Array, addend: Array | None) -> Array:
    """`z + addend`, where the addend may cover the first rows only."""
    if addend is None:
        return z
    rows = addend.shape[-1]
    return z + addend if rows == z.shape[-1] else jnp.concatenate([z[..., :rows] + addend, z[..., rows:]], axis=-1)


def one_step(loop: Loop, apply: Any, state: Any, smooth: Any, learned: Any, whole: Any, fixed: Any) -> tuple[Any, Any]:
    """One step of one sequence: the new states, and what the loop gives."""
    names = (*loop.states, *loop.smooth, *loop.learned, *loop.whole, *loop.fixed)
    values = dict(zip(names, (*state, *smooth, *learned, *whole, *fixed), strict=True))
    run_ops(loop.ops, values, meeting(loop.groups, values, apply))
    return tuple(values[i] for i in loop.news), tuple(values[i] for i in loop.gives)


def keeping(loop: Loop, multiply: Any, learned: Any, fixed: Any) -> Any:
    """One step of one sequence that also gives its products: `multiply(n, group, v)` is one of them, in parts."""

    def one(state: Any, addends: Any, smooth: Any, whole: Any) -> Any:
        products: list[Any] = [None] * len(loop.groups)

        def apply(n: int, group: Group, v: Array) -> tuple[Array, ...]:
            products[n] = with_addends(multiply(n, group, v), addends[n] or ())
            return products[n]

        new, gives = one_step(loop, apply, state, smooth, learned, whole, fixed)
        return new, gives, tuple(products)

    return one


def around(loop: Loop, keep: Any, fixed: Any) -> Any:
    """One step of one sequence around the kept products; also the operands of its products.

    `keep(n, group, v, addends, products)` is a kept product in parts, with the derivative of `v @ m + addend`.
    """

    def step(state: Any, addends: Any, smooth: Any, learned: Any, products: Any, whole: Any) -> Any:
        operands: dict[int, Array] = {}

        def apply(n: int, group: Group, v: Array) -> tuple[Array, ...]:
            operands[n] = v
            return keep(n, group, v, addends[n], products[n])

        out = one_step(loop, apply, state, smooth, learned, whole, fixed)
        return out, [None if g.operand in loop.states else operands[n] for n, g in enumerate(loop.groups)]

    return step


def restart(start: tuple[Array, ...], reset: Array | None, state: Any) -> Any:
    """The states before a step: those of a start where it is reset."""
    if reset is None:
        return state
    fresh = tuple(jnp.broadcast_to(s, a.shape) for s, a in zip(start, state, strict=True))
    return choose(reset, fresh, state)


def _operand(how: How, given: Given, m: Array, *, turned: bool = False) -> Array | Packed:
    """A stacked matrix, or its transpose, as the loop multiplies by it at every step."""
    m = how.precision.operand(m)
    m = lax.optimization_barrier(m.swapaxes(-1, -2)) if turned else m
    return packed(m, rows=given.state[0].shape[0], times=how.length)


def forward(how: How, control: Control, given: Given, *, keep: bool) -> tuple[Any, Kept | None]:
    """Run the loop: ((last states, given sequences), what is kept for the derivative)."""
    loop, precision = how.loop, how.precision
    matrices = [_operand(how, given, m) for m in given.matrices]
    addends = tuple(None if a is None else parted(g, a) for g, a in zip(loop.groups, given.addends, strict=True))

    def multiply(n: int, group: Group, v: Array) -> tuple[Array, ...]:
        return parted(group, plain_product(group.kind, precision, v, matrices[n]))

    one = keeping(loop, multiply, given.learned, control.fixed)

    def body(state: Any, now: Any) -> Any:
        addends, smooth, whole, reset, active = now
        fresh = restart(control.start, reset, state)
        new, gives, products = jax.vmap(one)(fresh, addends, smooth, whole)
        return choose(active, new, state), (gives, Kept(fresh, products) if keep else None)

    sequences = (addends, given.smooth, control.whole, control.resets, control.active)
    last, (gives, kept) = lax.scan(body, given.state, sequences, length=how.length)
    return (last, gives), kept


def step_back(
    step: Any, at: Any, cotangents: Any, reset: Array | None, active: Array | None
) -> tuple[tuple[Any, Any, Any, Any], Any]:
    """One step of a batch in reverse.

    Args:
        step: a function of (states, addends, smooth sequences, learned values) to ((new states, gives), operands).
        at: its arguments.
        cotangents: of the new states and of what it gives.
        reset: where the states that came in had started afresh.
        active: where the step was taken.

    Returns:
        The cotangents of its arguments, and the operands of its products.
    """
    dstate, dgive = cotangents
    _, pull, operands = jax.vjp(step, *at, has_aux=True)
    below, dz, dsmooth, dlearned = pull((choose(active, dstate, _zeros(dstate)), dgive))
    if reset is not None:
        below = choose(~reset, below, _zeros(below))
    below, dz, dsmooth = (
        choose(active, a, b) for a, b in ((below, dstate), (dz, _zeros(dz)), (dsmooth, _zeros(dsmooth)))
    )
    return (below, dz, dsmooth, dlearned), operands


def _around(how: How, turned: Any, control: Control) -> Any:
    """`around` with the matrices turned, all rows of a product at once."""

    def keep(n: int, group: Group, v: Array, addend: Array, z: Array) -> tuple[Array, ...]:
        return parted_linearly(group, known(group.kind, how.precision, v, turned[n], addend, z))

    return around(how.loop, keep, control.fixed)


def backward(how: How, control: Control, given: Given, kept: Kept, cotangents: Any) -> Given:
    """The reverse loop, then one weight-gradient product a group."""
    loop, precision = how.loop, how.precision
    dlast, dgives = cotangents
    turned = [_operand(how, given, m, turned=True) for m in given.matrices]
    step = _around(how, turned, control)

    def body(sums: Any, now: Any) -> Any:
        (dstate, dlearned), (state, parts, addends, smooth, whole, dgive, reset, active) = sums, now
        products = tuple(map(joined, parts))
        wide = _widened(addends, products)

        def whole_batch(state: Any, wide: Any, smooth: Any, learned: Any) -> Any:
            return jax.vmap(step, (0, 0, 0, None, 0, 0))(state, wide, smooth, learned, products, whole)

        at = (state, wide, smooth, given.learned)
        (below, dz, dsmooth, more), operands = step_back(whole_batch, at, (dstate, dgive), reset, active)
        return (below, jax.tree.map(jnp.add, dlearned, more)), (dz, dsmooth, operands)

    start = (dlast, jax.tree.map(jnp.zeros_like, given.learned))
    sequences = (*kept, given.addends, given.smooth, control.whole, dgives, control.resets, control.active)
    (dstate, dlearned), (dz, dsmooth, operands) = lax.scan(body, start, sequences, length=how.length, reverse=True)
    before = dict(zip(loop.states, kept.state, strict=True))
    dmatrices = tuple(
        weight_gradient(g.kind, precision, before.get(g.operand, v), d)
        for g, v, d in zip(loop.groups, operands, dz, strict=True)
    )
    daddends = tuple(d[..., : g.added] if g.added else None for g, d in zip(loop.groups, dz, strict=True))
    return Given(dstate, daddends, dsmooth, dlearned, dmatrices)


def tangent(how: How, control: Control, given: Given, kept: Kept, change: Given) -> Any:
    """Forward mode: one scan of the step's derivative around the kept products."""
    turned = [m.swapaxes(-1, -2) for m in given.matrices]
    dturned = [m.swapaxes(-1, -2) for m in change.matrices]

    def one(
        dstate: Any, state: Any, products: Any, addends: Any, smooth: Any, whole: Any, daddends: Any, dsmooth: Any
    ) -> Any:
        def moved(state: Any, addends: Any, smooth: Any, learned: Any, turned: Any) -> Any:
            step = _around(how, turned, control)
            return step(state, _widened(addends, products), smooth, learned, products, whole)[0]

        at = (state, addends, smooth, given.learned, turned)
        return jax.jvp(moved, at, (dstate, daddends, dsmooth, change.learned, dturned))[1]

    def body(dstate: Any, now: Any) -> Any:
        state, parts, addends, smooth, whole, daddends, dsmooth, reset, active = now
        products = tuple(map(joined, parts))
        fresh = dstate if reset is None else choose(~reset, dstate, _zeros(dstate))
        new, gives = jax.vmap(one)(fresh, state, products, addends, smooth, whole, daddends, dsmooth)
        return choose(active, new, dstate), gives

    sequences = (
        *kept,
        given.addends,
        given.smooth,
        control.whole,
        change.addends,
        change.smooth,
        control.resets,
        control.active,
    )
    return lax.scan(body, change.state, sequences, length=how.length)


def _widened(addends: Any, products: Any) -> tuple[Array, ...]:
    """Addends for all rows of each stacked product, so that a product's cotangent is that of its addend."""
    return tuple(add_first(jnp.zeros_like(z), a) for z, a in zip(products, addends, strict=True))


def _zeros(tree: Any) -> Any:
    return jax.tree.map(jnp.zeros_like, tree)


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def run_loop(how: How, control: Control, given: Given) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
    """The last states and the sequences that the loop gives."""
    return forward(how, control, given, keep=False)[0]


@run_loop.defjvp
def _run_loop_jvp(how: How, primals: Any, tangents: Any) -> Any:
    control, given = primals
    out, kept = forward(how, control, given, keep=True)

    def moved(residuals: Any, change: Given) -> Any:
        control, given, kept = residuals
        return tangent(how, control, given, kept, change)

    def pulled(residuals: Any, cotangents: Any) -> Given:
        control, given, kept = residuals
        return backward(how, control, given, kept, cotangents)

    return out, linear_with_transpose(moved, pulled, (control, given, kept), tangents[1])

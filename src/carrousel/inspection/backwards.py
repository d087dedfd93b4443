"""Undoing steps: cotangents of states pulled back one step after the other, at any size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array, lax

Tree = Any


def pull_back(step: Callable[[Tree, Tree], Tree], reads: Tree, states: Tree, cotangents: Tree) -> Tree:
    """The sizes of cotangents at each step back, by the derivative of each step.

    The cotangents are scaled to a largest number of 1 after each step, and the scale is kept as a logarithm, so that
    a gradient that shrinks or grows beyond what a float holds is followed all the same.

    Args:
        step: a function of (what one step reads, states) to new states; every array's first axis is the end points.
        reads: what the steps read, (steps, ends, …), the last step first.
        states: the states that came into the steps, (steps, ends, …), the last step's first.
        cotangents: of the states after the last step, (directions, ends, …).

    Returns:
        For each array of the states the logarithm of the sum over directions and units of the squared cotangents of
        the states that came in, (steps, ends).
    """
    ends = jax.tree.leaves(cotangents)[0].shape[1]

    def body(carry: tuple[Tree, Array], now: tuple[Tree, Tree]) -> tuple[tuple[Tree, Array], Tree]:
        (above, scale), (read, state) = carry, now
        _, pull = jax.vjp(lambda s: step(read, s), state)
        (below,) = jax.vmap(pull)(above)
        largest = jnp.stack([jnp.abs(a).max(axis=_but_ends(a)) for a in jax.tree.leaves(below)]).max(axis=0)
        safe = jnp.where(largest > 0, largest, 1.0)
        below = jax.tree.map(lambda a: a / safe.reshape((1, ends) + (1,) * (a.ndim - 2)), below)
        scale = scale + jnp.log(safe)
        sizes = jax.tree.map(lambda a: jnp.log(jnp.square(a).sum(axis=_but_ends(a))) + 2 * scale, below)
        return (below, scale), sizes

    start = (cotangents, jnp.zeros(ends, jax.tree.leaves(cotangents)[0].dtype))
    return lax.scan(body, start, (reads, states))[1]


def _but_ends(a: Array) -> tuple[int, ...]:
    return (0, *range(2, a.ndim))

"""Conjugate gradients: the lowest point of a quadratic, by products with its curvature alone.

The quadratic is q(x) = ½ x'Ax - b'x with A positive definite. Its value at each iterate comes free from the residual
r = b - Ax: q(x) = -½ x'(b + r).
"""

import itertools
import math
from collections.abc import Callable
from typing import Final, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jaxtyping import Float, Int

GROWTH: Final = 1.3
"""Iterates are kept for backtracking where their number passes a power of it (Martens 2010)."""
LOOK_BACK: Final = 10
"""Progress is judged over so many iterations, or over the last tenth of them if that is more (Martens 2010)."""


class Path(NamedTuple):
    """The way that conjugate gradients went."""

    kept: Float[Array, "places size"]
    """Iterates, the earliest first; those beyond `last` are not filled."""
    values: Float[Array, " places"]
    """The quadratic at each of them."""
    numbers: Int[Array, " places"]
    """The iteration that each of them came of."""
    last: Int[Array, ""]
    """The place of the last iterate."""
    iterations: Int[Array, ""]
    """How many were made."""


class _Now(NamedTuple):
    x: Array
    residual: Array
    direction: Array
    square: Array
    """r'r."""
    values: Array
    """q at every iteration so far."""
    path: Path
    going: Array


def kept_iterations(iterations: int) -> tuple[int, ...]:
    """The numbers of the iterations whose iterates are kept, the last one always."""
    powers = (math.ceil(GROWTH**j) for j in itertools.count())
    return (*sorted(set(itertools.takewhile(lambda number: number < iterations, powers))), iterations)


def conjugate_gradients(
    product: Callable[[Float[Array, " size"]], Float[Array, " size"]],
    b: Float[Array, " size"],
    start: Float[Array, " size"],
    *,
    iterations: int,
    tolerance: float | None,
) -> Path:
    """Look for the lowest point of ½ x'Ax - b'x.

    Args:
        product: x -> Ax, A symmetric and positive definite.
        b: where A is to lead.
        start: the first guess.
        iterations: the most that are made.
        tolerance: with k = max(10, a tenth of the iterations made), stop when the value is below zero and the last k
            iterations lowered it by less than k times this share of it; None makes all of them.

    Rounding ends the search too: where nothing is left of the residual, or a product shows no curvature.
    """
    numbers = kept_iterations(iterations)
    place = jnp.asarray(np.searchsorted(numbers, np.arange(iterations + 1)), jnp.int32)
    least = (jnp.finfo(b.dtype).eps * jnp.linalg.norm(b)) ** 2

    def advance(now: _Now) -> _Now:
        number = now.path.iterations + 1
        bent = product(now.direction)
        curvature = now.direction @ bent
        sound = jnp.isfinite(curvature) & (curvature > 0)
        length = jnp.where(sound, now.square / curvature, 0)
        x, residual = now.x + length * now.direction, now.residual - length * bent
        square = residual @ residual
        direction = residual + square / now.square * now.direction
        value = -0.5 * x @ (b + residual)
        values = now.values.at[number].set(value)
        at = place[number]
        path = Path(
            now.path.kept.at[at].set(x),
            now.path.values.at[at].set(value),
            now.path.numbers.at[at].set(number),
            at,
            number,
        )
        going = sound & (square > least) & (number < iterations)
        if tolerance is not None:
            back = jnp.maximum(LOOK_BACK, number // 10)
            gain = value - values[jnp.maximum(number - back, 0)]
            going &= ~((number > back) & (value < 0) & (gain / value < back * tolerance))
        return _Now(x, residual, direction, square, values, path, going)

    residual = b - product(start)
    value = -0.5 * start @ (b + residual)
    empty = Path(
        jnp.zeros((len(numbers), b.size), b.dtype).at[0].set(start),
        jnp.zeros(len(numbers), b.dtype).at[0].set(value),
        jnp.zeros(len(numbers), jnp.int32),
        jnp.int32(0),
        jnp.int32(0),
    )
    square = residual @ residual
    values = jnp.zeros(iterations + 1, b.dtype).at[0].set(value)
    begin = _Now(start, residual, residual, square, values, empty, square > least)
    return lax.while_loop(lambda now: now.going, advance, begin).path

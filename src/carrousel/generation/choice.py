"""How the next word is chosen from its probabilities."""

from collections.abc import Callable

import jax.numpy as jnp
from jax import Array, lax
from jaxtyping import Float, Int

from carrousel.sampling import NO_WORD, Choice


def choose(
    logits: Float[Array, "batch vocabulary"], uniform: Float[Array, " batch"], choice: Choice, *, filters: bool
) -> Int[Array, " batch"]:
    """The next word of each stream; -1 where no word has a probability, or one has none that is a number.

    Args:
        logits: the model's.
        uniform: a number drawn from [0, 1) for each stream.
        choice: how to choose.
        filters: whether top_k and top_p are looked at; False saves the time.
    """
    temperature, top_k, top_p = (jnp.broadcast_to(a, logits.shape[:1])[:, None] for a in choice)
    largest, greedy = logits.max(axis=1, keepdims=True), temperature <= 0
    mass = jnp.exp((logits - largest) / jnp.where(greedy, 1, temperature)).astype(jnp.float32)
    mass = jnp.where(greedy, (logits >= largest).astype(jnp.float32), mass)
    if filters:
        mass = jnp.where(mass >= _least_of_top_k(mass, top_k), mass, 0)
        mass = jnp.where(mass >= _least_of_top_p(mass, top_p), mass, 0)
    return jnp.where(largest[:, 0] > -jnp.inf, draw(mass, jnp.where(greedy[:, 0], 0, uniform)), NO_WORD)


def draw(mass: Float[Array, "batch vocabulary"], uniform: Float[Array, " batch"]) -> Int[Array, " batch"]:
    """A word of each row, drawn with probability proportional to its mass: where the running sum passes `uniform`.

    The sum runs over blocks first, then inside one block; over a large vocabulary this is much faster on CPU than a
    running sum over all of it, or than adding noise of Gumbel's law to every logit.
    """
    words = mass.shape[1]
    width = max(1, round(words**0.5))
    count = -(-words // width)
    blocks = jnp.pad(mass, ((0, 0), (0, count * width - words))).reshape(-1, count, width)
    each = blocks.sum(axis=2)
    sums = jnp.cumsum(each, axis=1)
    goal = uniform[:, None] * sums[:, -1:]
    block = _first_beyond(sums, goal, each)[:, None]
    here = jnp.take_along_axis(blocks, block[:, :, None], axis=1)[:, 0]
    before = jnp.where(block > 0, jnp.take_along_axis(sums, jnp.maximum(block - 1, 0), axis=1), 0)
    return block[:, 0] * width + _first_beyond(before + jnp.cumsum(here, axis=1), goal, here)


def _first_beyond(sums: Array, goal: Array, mass: Array) -> Array:
    """The first place of each row whose running sum is beyond the goal; whatever is rounded, never one without mass.

    Places are counted in float32, of which XLA compiles a maximum sooner than of whole numbers.
    """
    size = mass.shape[1]
    places = jnp.arange(size, dtype=jnp.float32)
    rank = jnp.where(mass > 0, jnp.where(sums > goal, 2 * size - places, places), 0).max(axis=1)
    return jnp.where(rank > size, 2 * size - rank, rank).astype(jnp.int32)


def _least_of_top_k(mass: Array, count: Array) -> Array:
    """The mass of the count-th likeliest word of each row."""
    return _largest(mass, lambda least: (mass >= least).sum(axis=1, keepdims=True) >= count)


def _least_of_top_p(mass: Array, part: Array) -> Array:
    """The mass of the least likely word that is needed for a part of the whole; 0 where the part is all of it."""
    goal = part * mass.sum(axis=1, keepdims=True)
    least = _largest(mass, lambda least: jnp.where(mass >= least, mass, 0).sum(axis=1, keepdims=True) >= goal)
    return jnp.where(part < 1, least, 0)


def _largest(mass: Array, enough: Callable[[Array], Array]) -> Array:
    """The largest number of each row that is still low enough, found bit by bit: no sorting, and any row its own.

    Numbers from 0 are ordered as the whole numbers with the same bits are.
    """

    def bit(place: Array, found: Array) -> Array:
        higher = found | (jnp.int32(1) << (30 - place))
        return jnp.where(enough(lax.bitcast_convert_type(higher, jnp.float32)), higher, found)

    bits = lax.fori_loop(0, 31, bit, jnp.zeros((mass.shape[0], 1), jnp.int32))
    return lax.bitcast_convert_type(bits, jnp.float32)

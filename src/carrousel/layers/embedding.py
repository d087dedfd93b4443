"""A vector for each word of a vocabulary."""

from typing import Any, Final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Float, Int, Key

SCALE: Final = 0.1
"""Half-width of the range that a vector's numbers start in, as in Merity, Keskar & Socher 2018."""


class Embedding(eqx.Module):
    """A table of vectors, one a word."""

    weight: Float[Array, "vocabulary size"]

    def __init__(
        self, *, vocabulary: int, size: int, key: Key[Array, ""], scale: float = SCALE, dtype: Any = jnp.float32
    ) -> None:
        """Draw the table, uniform in ±scale."""
        self.weight = jax.random.uniform(key, (vocabulary, size), dtype, -scale, scale)

    def without_words(self, rate: float, *, key: Key[Array, ""]) -> "Embedding":
        """The table with a fraction `rate` of its vectors zero and the others divided by 1 - rate.

        A word is left out wherever it stands (Gal & Ghahramani 2016).
        """
        if not rate:
            return self
        keep = jax.random.bernoulli(key, 1 - rate, (len(self.weight), 1))
        return eqx.tree_at(lambda table: table.weight, self, jnp.where(keep, self.weight / (1 - rate), 0))

    def __call__(self, tokens: Int[Array, "*axes"]) -> Float[Array, "*axes size"]:
        """The vectors of words by their numbers, each below the size of the vocabulary."""
        return self.weight.at[tokens].get(mode="promise_in_bounds", wrap_negative_indices=False)

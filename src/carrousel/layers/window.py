"""A hidden layer that reads a fixed number of words: what came before them leaves no trace."""

from collections.abc import Callable
from typing import Any, Final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Bool, Float, Int, Key

from carrousel.engine import Matrices, Precision
from carrousel.engine.products import product
from carrousel.layers.dropout import Masks, dropped

NOTHING: Final = -1
"""Stands in a window where the text has not begun yet; its vector is zero."""

Vectors = Callable[[Array], Array]
"""The vectors of words by their numbers."""
Words = tuple[Int[Array, "batch before"]]
"""The last words that were read, the oldest first: one fewer than a window holds."""


class Window(eqx.Module):
    """The hidden layer of a neural n-gram model (Bengio, Ducharme, Vincent & Jauvin 2003).

    With e = [e1; …; em] the vectors of the last m words, the newest last, it gives h = tanh(W e + b). Each place of the
    window has weights of its own, so W grows with it. With direct connections it gives [h; e], so that whatever reads
    it sees the vectors too: the paper's b + Wx + U tanh(d + Hx) is a softmax of that.
    """

    weight: Float[Array, "words size hidden"]
    bias: Float[Array, " hidden"]
    direct: bool = eqx.field(static=True)

    def __init__(
        self,
        *,
        words: int,
        size: int,
        hidden: int,
        key: Key[Array, ""],
        direct: bool = False,
        scale: float | None = None,
        dtype: Any = jnp.float32,
    ) -> None:
        """Draw the weights.

        Args:
            words: how many words it reads.
            size: the size of a word's vector.
            hidden: units.
            key: a random key.
            direct: whether the vectors are given on beside the units.
            scale: weights and biases are uniform in ±scale; by default ±1 / √(words · size), and biases are zero.
            dtype: float32 or float64.
        """
        of_weight, of_bias = jax.random.split(key)
        width = (words * size) ** -0.5 if scale is None else scale
        self.weight = jax.random.uniform(of_weight, (words, size, hidden), dtype, -width, width)
        self.bias = jnp.zeros(hidden, dtype)
        if scale is not None:
            self.bias = jax.random.uniform(of_bias, (hidden,), dtype, -scale, scale)
        self.direct = direct

    @property
    def words(self) -> int:
        """How many words it reads, the newest among them."""
        return self.weight.shape[0]

    @property
    def outputs(self) -> int:
        """The size of the output."""
        words, size, hidden = self.weight.shape
        return hidden + words * size if self.direct else hidden

    def start_state(self, batch: int) -> Words:
        """Before the first word there is nothing."""
        return (jnp.full((batch, self.words - 1), NOTHING, jnp.int32),)

    def __call__(
        self,
        vectors: Vectors,
        tokens: Int[Array, "time batch"],
        state: Words | None = None,
        *,
        lengths: Int[Array, " batch"] | None = None,
        resets: Bool[Array, "time batch"] | None = None,
        dropout: float = 0.0,
        masks: Masks = "step",
        key: Key[Array, ""] | None = None,
        precision: str = "float32",
    ) -> tuple[Float[Array, "time batch outputs"], Words]:
        """Read words.

        Args:
            vectors: the vectors of words.
            tokens: words by their numbers.
            state: the words before them.
            lengths: the length of each sequence; outputs past it are zero and the state is the one at it.
            resets: true where the state starts afresh before the word is read.
            dropout: the fraction of the vectors' numbers that is left out.
            masks: `step` draws a dropout mask for every step, `sequence` one for all.
            key: a random key for dropout; None turns it off.
            precision: `float32` or `mixed`.

        Returns:
            The outputs, and the words that the next step reads beside its own.
        """
        time, batch = tokens.shape
        (before,) = self.start_state(batch) if state is None else state
        read = jnp.concatenate([before.T, tokens.astype(jnp.int32)])
        begun = jnp.zeros((time, batch), jnp.int32) if resets is None else jnp.cumsum(resets, axis=0, dtype=jnp.int32)
        begun = jnp.concatenate([jnp.zeros_like(before.T), begun])
        e = self._side_by_side(vectors, read, begun, time)
        if key is not None:
            e = dropped(e, dropout, key=key, masks=masks)
        ys = self._outputs(e, precision)
        ends = jnp.full(batch, time) if lengths is None else lengths
        if lengths is not None:
            ys = jnp.where((jnp.arange(time)[:, None] < lengths)[..., None], ys, 0)
        return ys, (_last(read, begun, ends, self.words - 1),)

    def stepper(self, vectors: Vectors) -> Callable[[Array, Words], tuple[Array, Words]]:
        """One step as a function of (tokens (batch,), state) to (ys (batch, outputs), state)."""

        def step(tokens: Array, state: Words) -> tuple[Array, Words]:
            read = jnp.concatenate([state[0], tokens.astype(jnp.int32)[:, None]], axis=1)
            e = _vectors(vectors, read).reshape(len(tokens), -1)
            return self._outputs(e, "float32"), (read[:, 1:],)

        return step

    def _side_by_side(self, vectors: Vectors, read: Array, begun: Array, time: int) -> Array:
        """(time, batch, words * size): the vectors in each step's window; zero for words from before a fresh start."""
        every = _vectors(vectors, read)
        own = begun[self.words - 1 :]
        places = [jnp.where((begun[k : k + time] == own)[..., None], every[k : k + time], 0) for k in range(self.words)]
        return jnp.concatenate(places, axis=-1)

    def _outputs(self, e: Array, precision: str) -> Array:
        weight = self.weight.reshape(-1, self.weight.shape[-1])
        h = jnp.tanh(product(Matrices, Precision(precision), e, weight) + self.bias)
        return jnp.concatenate([h, e], axis=-1) if self.direct else h


def _vectors(vectors: Vectors, read: Array) -> Array:
    return jnp.where((read == NOTHING)[..., None], 0, vectors(jnp.maximum(read, 0)))


def _last(read: Array, begun: Array, ends: Array, count: int) -> Array:
    """(batch, count): the words before the end of each sequence; those from before a fresh start are nothing."""
    places = ends[:, None] + jnp.arange(count)
    words, own = (jnp.take_along_axis(a.T, places, axis=1) for a in (read, begun))
    now = jnp.take_along_axis(begun.T, ends[:, None] + count - 1, axis=1) if count else own
    return jnp.where(own == now, words, NOTHING)

"""From outputs to the probabilities of a vocabulary."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Float, Int, Key

from carrousel.engine import Packed, Storage, kept_packed, stored, times_packed
from carrousel.errors import ShapeError
from carrousel.layers.softmax_loss import MEMORY, softmax_loss, softmax_losses


class SoftmaxHead(eqx.Module):
    """A softmax over a vocabulary.

    A tied head has no weights but a bias: the embedding's table is given with each call (Press & Wolf 2017; Inan,
    Khosravi & Socher 2017).
    """

    weight: Float[Array, "inputs vocabulary"] | None
    """None where the head is tied."""
    bias: Float[Array, " vocabulary"]

    def __init__(
        self,
        *,
        inputs: int,
        vocabulary: int,
        key: Key[Array, ""],
        tied: bool = False,
        scale: float | None = None,
        dtype: Any = jnp.float32,
    ) -> None:
        """Draw the weights.

        Args:
            inputs: the size of what it reads.
            vocabulary: the number of words.
            key: a random key.
            tied: whether an embedding serves as weights.
            scale: weights and biases are uniform in ±scale; by default ±1 / √inputs, and biases are zero.
            dtype: float32 or float64.
        """
        of_weight, of_bias = jax.random.split(key)
        width = inputs**-0.5 if scale is None else scale
        self.weight = None if tied else jax.random.uniform(of_weight, (inputs, vocabulary), dtype, -width, width)
        self.bias = jnp.zeros(vocabulary, dtype)
        if scale is not None:
            self.bias = jax.random.uniform(of_bias, (vocabulary,), dtype, -scale, scale)

    @property
    def tied(self) -> bool:
        """Whether an embedding serves as weights."""
        return self.weight is None

    def log_probabilities(
        self, ys: Float[Array, "*axes inputs"], *, table: Float[Array, "vocabulary inputs"] | None = None
    ) -> Float[Array, "*axes vocabulary"]:
        """The natural logarithm of each word's probability."""
        return jax.nn.log_softmax(self.logits(ys, table=table))

    def logits(
        self, ys: Float[Array, "*axes inputs"], *, table: Float[Array, "vocabulary inputs"] | None = None
    ) -> Float[Array, "*axes vocabulary"]:
        """The logits; `table` is the embedding of a tied head."""
        weight = self._weight(table)
        return ys @ (weight.T if self.tied else weight) + self.bias

    def reader(
        self, storage: Storage | None, *, streams: int = 1, table: Float[Array, "vocabulary inputs"] | None = None
    ) -> Callable[[Float[Array, "batch inputs"]], Float[Array, "batch vocabulary"]]:
        """A function from what the head reads to the logits, its weights kept as `storage`, or packed for streams."""
        weight = self._weight(table)
        weight = weight.T if self.tied else weight
        if storage is None:
            by = kept_packed(weight, rows=streams)
            return lambda ys: (
                times_packed(ys, by) + self.bias if isinstance(by, Packed) else self.logits(ys, table=table)
            )
        product = stored(weight, storage, streams=streams)
        return lambda ys: product(ys) + self.bias

    def losses(
        self,
        ys: Float[Array, "*axes inputs"],
        targets: Int[Array, "*axes"],
        *,
        table: Float[Array, "vocabulary inputs"] | None = None,
        precision: str = "float32",
        memory: int = MEMORY,
    ) -> Float[Array, "*axes"]:
        """The negative log-likelihood of each target, in nats."""
        rows = ys.reshape(-1, ys.shape[-1])
        flat, weight = targets.reshape(-1), self._weight(table)
        nll = softmax_losses(rows, weight, self.bias, flat, tied=self.tied, precision=precision, memory=memory)
        return nll.reshape(targets.shape)

    def loss(
        self,
        ys: Float[Array, "*axes inputs"],
        targets: Int[Array, "*axes"],
        *,
        weights: Float[Array, "*axes"] | None = None,
        table: Float[Array, "vocabulary inputs"] | None = None,
        precision: str = "float32",
        memory: int = MEMORY,
    ) -> Float[Array, ""]:
        """The weighted sum of the targets' negative log-likelihoods, in nats; its gradient is made on the way.

        Args:
            ys: what the head reads.
            targets: words by their numbers, each below the size of the vocabulary.
            weights: what each target counts; 1 by default.
            table: the embedding of a tied head.
            precision: `float32` or `mixed`.
            memory: bytes of logits that may exist at a time.
        """
        rows = ys.reshape(-1, ys.shape[-1])
        counts = jnp.ones(targets.size, ys.dtype) if weights is None else weights.reshape(-1)
        flat, weight = targets.reshape(-1), self._weight(table)
        return softmax_loss(rows, weight, self.bias, flat, counts, tied=self.tied, precision=precision, memory=memory)

    def _weight(self, table: Array | None) -> Array:
        weight = table if self.weight is None else self.weight
        if weight is None:
            raise ShapeError("a tied head needs the table of the embedding with each call; give table=embedding.weight")
        return weight

"""A mixture of softmaxes: several distributions over one vocabulary, weighted anew at each step."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Float, Int, Key

from carrousel.engine import Matrices, Precision
from carrousel.engine.products import product
from carrousel.layers.dropout import Masks, dropped
from carrousel.layers.softmax_head import SoftmaxHead
from carrousel.layers.softmax_loss import MEMORY


class MixtureHead(eqx.Module):
    """A mixture of softmaxes (Yang, Dai, Salakhutdinov & Cohen 2018).

    Expert k reads tanh(W_k y + b_k), a vector of the size of a word's, and all experts share one table of words; how
    much each counts is a softmax of y too. The matrix of all log-probabilities then has no bound on its rank, where
    that of one softmax has a rank of at most the size of its input and one.
    """

    prior: Float[Array, "inputs experts"]
    weight: Float[Array, "inputs latent"]
    """(inputs, experts · size)."""
    bias: Float[Array, " latent"]
    words: SoftmaxHead
    """What each expert's vector meets."""
    dropout: float = eqx.field(static=True)
    """The fraction of the numbers of the experts' vectors that is left out in training."""
    masks: Masks = eqx.field(static=True)

    def __init__(
        self,
        *,
        inputs: int,
        vocabulary: int,
        experts: int,
        size: int,
        key: Key[Array, ""],
        tied: bool = False,
        dropout: float = 0.0,
        masks: Masks = "step",
        scale: float | None = None,
        dtype: Any = jnp.float32,
    ) -> None:
        """Draw the weights.

        Args:
            inputs: the size of what it reads.
            vocabulary: the number of words.
            experts: the number of softmaxes.
            size: the size of each expert's vector.
            key: a random key.
            tied: whether an embedding, of vectors of this size, serves as the table of words.
            dropout: the fraction of the numbers of the experts' vectors that is left out in training.
            masks: `step` draws a dropout mask for every step, `sequence` one for all steps of a sequence.
            scale: weights and biases are uniform in ±scale; by default matrices are in ±1 / √columns, biases zero.
            dtype: float32 or float64.
        """
        of_prior, of_weight, of_bias, of_words = jax.random.split(key, 4)
        width = inputs**-0.5 if scale is None else scale
        self.prior = jax.random.uniform(of_prior, (inputs, experts), dtype, -width, width)
        self.weight = jax.random.uniform(of_weight, (inputs, experts * size), dtype, -width, width)
        self.bias = jnp.zeros(experts * size, dtype)
        if scale is not None:
            self.bias = jax.random.uniform(of_bias, (experts * size,), dtype, -scale, scale)
        self.words = SoftmaxHead(inputs=size, vocabulary=vocabulary, key=of_words, tied=tied, scale=scale, dtype=dtype)
        self.dropout, self.masks = dropout, masks

    @property
    def experts(self) -> int:
        """The number of softmaxes."""
        return self.prior.shape[1]

    def log_probabilities(
        self, ys: Float[Array, "*axes inputs"], *, table: Float[Array, "vocabulary size"] | None = None
    ) -> Float[Array, "*axes vocabulary"]:
        """The natural logarithm of each word's probability."""
        each = self.words.log_probabilities(self._vectors(ys, None, "float32"), table=table)
        return jax.nn.logsumexp(each + jax.nn.log_softmax(ys @ self.prior)[..., None], axis=-2)

    def logits(
        self, ys: Float[Array, "*axes inputs"], *, table: Float[Array, "vocabulary size"] | None = None
    ) -> Float[Array, "*axes vocabulary"]:
        """The same: their softmax is the distribution itself."""
        return self.log_probabilities(ys, table=table)

    def losses(
        self,
        ys: Float[Array, "*axes inputs"],
        targets: Int[Array, "*axes"],
        *,
        table: Float[Array, "vocabulary size"] | None = None,
        key: Key[Array, ""] | None = None,
        precision: str = "float32",
        memory: int = MEMORY,
    ) -> Float[Array, "*axes"]:
        """The negative log-likelihood of each target, in nats; arguments as for `loss`."""
        vectors = self._vectors(ys, key, precision)
        repeated = jnp.broadcast_to(targets[..., None], vectors.shape[:-1])
        each = self.words.losses(vectors, repeated, table=table, precision=precision, memory=memory)
        return -jax.nn.logsumexp(jax.nn.log_softmax(ys @ self.prior) - each, axis=-1)

    def loss(
        self,
        ys: Float[Array, "*axes inputs"],
        targets: Int[Array, "*axes"],
        *,
        weights: Float[Array, "*axes"] | None = None,
        table: Float[Array, "vocabulary size"] | None = None,
        key: Key[Array, ""] | None = None,
        precision: str = "float32",
        memory: int = MEMORY,
    ) -> Float[Array, ""]:
        """The weighted sum of the targets' negative log-likelihoods, in nats; a gradient makes the logits again.

        Args:
            ys: what the head reads; with a key (time, batch, inputs).
            targets: words by their numbers, each below the size of the vocabulary.
            weights: what each target counts; 1 by default.
            table: the embedding of a tied head.
            key: a random key for dropout; None turns it off.
            precision: `float32` or `mixed`.
            memory: bytes of logits that may exist at a time.
        """
        each = self.losses(ys, targets, table=table, key=key, precision=precision, memory=memory)
        return each.sum() if weights is None else (each * weights).sum()

    def _vectors(self, ys: Array, key: Array | None, precision: str) -> Array:
        """(*axes, experts, size)."""
        vectors = jnp.tanh(product(Matrices, Precision(precision), ys, self.weight) + self.bias)
        if key is not None:
            vectors = dropped(vectors, self.dropout, key=key, masks=self.masks)
        return vectors.reshape(*ys.shape[:-1], self.experts, -1)

"""The negative log-likelihood of a softmax over a vocabulary, with its gradient made while the logits are there.

A language model's logits are its largest array. The loss and its gradient are one sweep over slices of the rows, none
of which holds more logits than a bound, and nothing of the size of the logits is kept for a backward pass: with
e = exp(logits - max) and its sum s, the gradient of the logits is e / s less one at the target. The factor 1 / s of a
row goes into the small operands of the two products that follow, so e itself, with the entry of the target lessened by
s, is what they read.

The rule is a `custom_jvp` whose tangent is an inner product with that gradient. JAX transposes the inner product for
reverse mode, and differentiates the sweep, which is plain arithmetic, for the products of modes (Hessian times vector).
"""

from functools import partial
from typing import Any, Final

import jax
import jax.numpy as jnp
from jax import Array, lax
from jax.custom_derivatives import SymbolicZero
from jaxtyping import Float, Int

from carrousel.engine import Precision
from carrousel.layers.softmax_sweep import How, Rows, Table, cut, exponentials, nll_of, slices, sweep

MEMORY: Final = 256 * 2**20
"""Bytes of logits that may exist at a time: 700 rows of a vocabulary of 10,000 words are one slice of 28 MB."""


def softmax_loss(
    ys: Float[Array, "rows inputs"],
    weight: Float[Array, "one other"],
    bias: Float[Array, " vocabulary"],
    targets: Int[Array, " rows"],
    weights: Float[Array, " rows"],
    *,
    tied: bool = False,
    precision: Precision | str = Precision.FLOAT32,
    memory: int = MEMORY,
) -> Float[Array, ""]:
    """The weighted sum of the rows' negative log-likelihoods, in nats; its gradient costs no second look at the logits.

    Args:
        ys: what the softmax reads.
        weight: (inputs, vocabulary), or (vocabulary, inputs) when tied.
        bias: one number a word.
        targets: the word that came, by its number; each below the size of the vocabulary.
        weights: what each row counts; 0 leaves it out.
        tied: whether the weight is an embedding.
        precision: `mixed` makes the three products of bfloat16 operands.
        memory: bytes of logits that may exist at a time, though one row always may.
    """
    how = How(tied, _is_mixed(precision, ys), memory)
    return _loss(how, ys, Table(weight, bias), weights, targets)


def softmax_losses(
    ys: Float[Array, "rows inputs"],
    weight: Float[Array, "one other"],
    bias: Float[Array, " vocabulary"],
    targets: Int[Array, " rows"],
    *,
    tied: bool = False,
    precision: Precision | str = Precision.FLOAT32,
    memory: int = MEMORY,
) -> Float[Array, " rows"]:
    """The negative log-likelihood of each row, in nats; a gradient makes the logits again.

    The arguments are those of `softmax_loss`.
    """
    return _losses(How(tied, _is_mixed(precision, ys), memory), ys, Table(weight, bias), targets)


def _is_mixed(precision: Precision | str, ys: Array) -> bool:
    return Precision(precision) is Precision.MIXED and ys.dtype == jnp.float32


def _losses(how: How, ys: Array, table: Table, targets: Array) -> Array:
    @jax.checkpoint
    def part(rows: Rows) -> Array:
        return nll_of(exponentials(how, table, rows))

    count, size = slices(how, ys, table.bias)
    rows = Rows(ys, targets, targets)
    each: Array = part(rows) if count == 1 else lax.map(part, cut(rows, count, size)).reshape(-1)[: len(targets)]
    return each


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _loss(how: How, ys: Array, table: Table, weights: Array, targets: Array) -> Array:
    return weights @ _losses(how, ys, table, targets)


def _loss_jvp(how: How, primals: Any, tangents: Any) -> tuple[Array, Array]:
    ys, table, weights, targets = primals
    swept = sweep(how, table, Rows(ys, targets, weights))
    change = jnp.zeros((), swept.loss.dtype)
    gradient = (swept.by_ys, swept.by_table, swept.nll)
    for by, moved in zip(jax.tree.leaves(gradient), jax.tree.leaves(tangents[:3], is_leaf=_is_zero), strict=True):
        if not _is_zero(moved):
            change += jnp.sum(by * moved)
    return swept.loss, change


def _is_zero(tangent: object) -> bool:
    return isinstance(tangent, SymbolicZero)


_loss.defjvp(_loss_jvp, symbolic_zeros=True)

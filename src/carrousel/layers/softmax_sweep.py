"""The sweep behind the softmax loss: logits, loss and gradient, a slice of the rows at a time."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array, lax

from carrousel.layers.bfloat16 import to_bfloat16, to_bfloat16_with, turned, with_entries


class Table(NamedTuple):
    """The weights of a softmax."""

    weight: Array
    """(inputs, vocabulary), or (vocabulary, inputs) where it is an embedding too."""
    bias: Array
    """(vocabulary,)."""


class How(NamedTuple):
    """What does not change the result but by rounding."""

    tied: bool
    """Whether the weight is an embedding: (vocabulary, inputs)."""
    mixed: bool
    """Whether products take bfloat16 operands."""
    memory: int
    """Bytes of logits that may exist at a time."""


class Rows(NamedTuple):
    """What is scored."""

    ys: Array
    """(rows, inputs)."""
    targets: Array
    """(rows,) numbers of words."""
    weights: Array
    """(rows,) what each row counts."""


class Exponentials(NamedTuple):
    """The softmax of some rows, not yet divided by its sum."""

    e: Array
    sums: Array
    target: Array
    """Logit of the target less the row's largest."""


def exponentials(how: How, table: Table, rows: Rows) -> Exponentials:
    """The softmax of some rows in its three parts."""
    logits = _logits(how, rows.ys, table)
    largest = lax.stop_gradient(logits.max(axis=1, keepdims=True))
    target = jnp.take_along_axis(logits, rows.targets[:, None], axis=1) - largest
    e = lax.optimization_barrier(jnp.exp(logits - largest))
    return Exponentials(e, e.sum(axis=1, keepdims=True), target)


def nll_of(softmax: Exponentials) -> Array:
    """The negative log-likelihood of each row, in nats."""
    nll: Array = jnp.log(softmax.sums) - softmax.target
    return nll[:, 0]


class Swept(NamedTuple):
    """The loss and its gradient by everything it depends on."""

    loss: Array
    by_table: Table
    by_ys: Array
    nll: Array


def _logits(how: How, ys: Array, table: Table) -> Array:
    """(rows, vocabulary); in mixed precision the bias is two more rows of the weights, since the cast copies them."""
    weight, bias = table
    if not how.mixed:
        return _dot(ys, weight, (1, 1 if how.tied else 0)) + bias
    if how.tied:
        return _dot(to_bfloat16(ys), to_bfloat16(weight), (1, 1), bias) + bias
    rest = bias - to_bfloat16(bias).astype(bias.dtype)
    both = to_bfloat16(jnp.concatenate([weight, bias[None], rest[None]]))
    return _dot(to_bfloat16(_with_one(_with_one(ys))), both, (1, 0), bias)


def _dot(a: Array, b: Array, axes: tuple[int, int], like: Array | None = None) -> Array:
    """The product over one axis of each; operands of bfloat16 are summed in the kind of `like`."""
    kind = a.dtype if like is None else like.dtype
    return lax.dot_general(a, b, (((axes[0],), (axes[1],)), ((), ())), preferred_element_type=kind)


def _with_one(ys: Array) -> Array:
    """One more input that is always 1: its weights are the bias."""
    return jnp.concatenate([ys, jnp.ones((len(ys), 1), ys.dtype)], axis=1)


def slices(how: How, ys: Array, bias: Array) -> tuple[int, int]:
    """How many slices of how many rows keep the bound."""
    most = max(1, how.memory // (len(bias) * bias.dtype.itemsize))
    count = max(1, -(-len(ys) // most))
    return count, -(-len(ys) // count)


def cut(rows: Rows, count: int, size: int) -> Rows:
    """The rows in slices, filled up with zeros: weight 0."""

    def cut(a: Array) -> Array:
        fill = [(0, count * size - len(a)), *[(0, 0)] * (a.ndim - 1)]
        return jnp.pad(a, fill).reshape(count, size, *a.shape[1:])

    return Rows(*map(cut, rows))


def sweep(how: How, table: Table, rows: Rows) -> Swept:
    """All slices: the gradient by the table adds up, the rest is put together."""
    count, size = slices(how, rows.ys, table.bias)
    if count == 1:
        return _sweep_slice(how, table, rows)

    def add(total: Any, piece: Rows) -> Any:
        swept = _sweep_slice(how, table, piece)
        return jax.tree.map(jnp.add, total, (swept.loss, swept.by_table)), (swept.by_ys, swept.nll)

    zero = (jnp.zeros((), table.bias.dtype), jax.tree.map(jnp.zeros_like, table))
    (loss, by_table), pieces = lax.scan(add, zero, cut(rows, count, size))
    by_ys, nll = (a.reshape(-1, *a.shape[2:])[: len(rows.ys)] for a in pieces)
    return Swept(loss, by_table, by_ys, nll)


def _sweep_slice(how: How, table: Table, rows: Rows) -> Swept:
    """One slice: three products, the logits between them."""
    softmax = exponentials(how, table, rows)
    entry = (jnp.exp(softmax.target) - softmax.sums)[:, 0]
    factor = rows.weights[:, None] / softmax.sums
    scaled = _with_one(rows.ys) * factor
    nll = nll_of(softmax)
    if how.mixed:
        e = to_bfloat16_with(softmax.e, rows.targets, entry)
        by_both = _dot(turned(to_bfloat16(scaled)), e, (1, 0), table.bias)
        by_both = lax.optimization_barrier(by_both).T if how.tied else by_both
        by_ys = _dot(e, to_bfloat16(table.weight), (1, 0 if how.tied else 1), table.bias)
    else:
        e = with_entries(softmax.e, rows.targets, entry)
        by_both = _dot(e, scaled, (0, 0)) if how.tied else _dot(turned(scaled), e, (1, 0))
        by_ys = _dot(e, table.weight, (1, 0 if how.tied else 1))
    by_table = Table(by_both[:, :-1], by_both[:, -1]) if how.tied else Table(by_both[:-1], by_both[-1])
    return Swept(rows.weights @ nll, by_table, by_ys * factor, nll)

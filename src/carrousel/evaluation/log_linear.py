"""Log-linear mixtures: a product of powers of probabilities, divided by its sum over the vocabulary."""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Final, NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.special import logsumexp
from jaxtyping import Float64, Int

from carrousel.errors import ModelError
from carrousel.evaluation.corpus import Corpus, Watch, unwatched
from carrousel.evaluation.predictors import Predictor
from carrousel.generation import Scored

FIT: Final = 1 << 17
"""Words that weights are fitted on, at most: each round reads them all."""
ROUNDS: Final = 20
NEAR: Final = 1e-7
"""A round that promises less, in nats a word, is the last."""
LEAST: Final = -1e4
"""The logarithm that stands for one of zero, so that a weight of zero makes it nothing."""
ROWS: Final = 256
BYTES: Final = 1 << 25
"""Size of the probabilities of all words, by one part, that are made at a time."""


class Part(NamedTuple):
    """One of the models of a mixture."""

    predictor: Predictor
    corpus: Corpus
    """The text, numbered as this model numbers words."""
    numbers: Int[np.ndarray, " vocabulary"] | None
    """This model's number of each word of the first model; None where they are the same."""


class Slope(NamedTuple):
    """The mean log-probability of a word under some weights, and how it changes with them."""

    height: float
    gradient: Float64[np.ndarray, " parts"]
    curvature: Float64[np.ndarray, "parts parts"]


def rows_of(vocabulary: int, *, multiple: int) -> int:
    """Words whose distributions are made at a time, a multiple of some number."""
    return max(1, min(ROWS, BYTES // (4 * vocabulary)) // multiple) * multiple


def fit_log_linear(parts: Sequence[Part], *, rows: int, watch: Watch = unwatched) -> Float64[np.ndarray, " parts"]:
    """The exponents under which the words of the parts' text are likeliest.

    The mean log-probability has one summit. Newton's rule climbs it by the gradient and the curvature, which one
    reading of the text gives; a step that does not rise is halved.

    Raises:
        ModelError: a part gives a word of the text no probability.
    """
    weights = np.full(len(parts), 1 / len(parts))
    titles = (f"exponents, round {number}" for number in count(1))
    here, step = _slope(parts, weights, rows, next(titles), watch), np.zeros(len(parts))
    for _ in range(ROUNDS):
        if not step.any():
            step = np.linalg.lstsq(-here.curvature, here.gradient)[0]
        if here.gradient @ step < NEAR:
            break
        there = _slope(parts, weights + step, rows, next(titles), watch)
        if there.height > here.height:
            weights, here, step = weights + step, there, np.zeros(len(parts))
        else:
            step = step / 2
    return weights


def log_mixture(
    parts: Sequence[Part], weights: Float64[np.ndarray, " parts"], *, rows: int, watch: Watch = unwatched
) -> Iterator[Scored]:
    """The logarithm of each word's probability in the mixture, some words at a time."""
    for places, targets, logs in _read(parts, rows, "log-linear mixture", watch):
        said = _log_probabilities(logs, targets, jnp.asarray(weights, jnp.float32))
        yield Scored(places, np.asarray(said, np.float32)[: len(places)])


def _slope(parts: Sequence[Part], weights: Float64[np.ndarray, " parts"], rows: int, title: str, watch: Watch) -> Slope:
    sums: list[np.ndarray] = [np.zeros(()), np.zeros(len(parts)), np.zeros((len(parts), len(parts)))]
    words = 0
    for places, targets, logs in _read(parts, rows, title, watch):
        if words >= FIT:
            break
        real = jnp.arange(len(targets)) < len(places)
        *found, impossible = _sums(logs, targets, real, jnp.asarray(weights, jnp.float32))
        if bool(impossible):
            raise ModelError(
                "a model gives a word of the text no probability, so no exponents can be fitted; mix by --mix linear"
            )
        sums = [total + np.asarray(part, np.float64) for total, part in zip(sums, found, strict=True)]
        words += len(places)
    height, gradient, curvature = (total / words for total in sums)
    return Slope(float(height), gradient, -curvature)


def _read(
    parts: Sequence[Part], rows: int, title: str, watch: Watch
) -> Iterator[tuple[np.ndarray, Array, tuple[Array, ...]]]:
    """Places, the words there, and what each part says of every word, numbered as by the first part."""
    corpus, begin = parts[0].corpus, parts[0].corpus.first
    for each in zip(*(part.predictor.distributions(part.corpus, rows=rows) for part in parts), strict=True):
        places = np.arange(begin, min(begin + rows, len(corpus.words)))
        targets = np.zeros(rows, np.int32)
        targets[: len(places)] = corpus.words[begin : begin + rows]
        alike = [
            logs if part.numbers is None else logs[:, part.numbers] for part, logs in zip(parts, each, strict=True)
        ]
        yield places, jnp.asarray(targets), tuple(alike)
        begin += rows
        watch(title, min(begin, len(corpus.words)), len(corpus.words))


@eqx.filter_jit
def _log_probabilities(logs: tuple[Array, ...], targets: Array, weights: Array) -> Array:
    """Of the targets; where a part of a weight above zero says that a word cannot be, it cannot."""
    each = jnp.maximum(jnp.stack(logs), LEAST)
    scores = jnp.tensordot(weights, each, axes=1)
    said = jnp.take_along_axis(_normalised(scores), targets[:, None], axis=1)[:, 0]
    cannot = jnp.isneginf(_at(jnp.stack(logs), targets)) & (weights > 0)[:, None]
    return jnp.where(cannot.any(axis=0), -jnp.inf, said)


@eqx.filter_jit
def _sums(logs: tuple[Array, ...], targets: Array, real: Array, weights: Array) -> tuple[Array, ...]:
    """Over the targets that are real: log-probabilities, their gradients, the covariances of the parts' logarithms."""
    stacked = jnp.stack(logs)
    each = jnp.maximum(stacked, LEAST)
    mixed = _normalised(jnp.tensordot(weights, each, axes=1))
    chances = jnp.exp(mixed)
    means = (chances * each).sum(axis=2)
    apart = each - means[:, :, None]
    spread = jnp.einsum("tv,ptv,qtv->tpq", chances, apart, apart)
    height = jnp.take_along_axis(mixed, targets[:, None], axis=1)[:, 0]
    gradient = (_at(each, targets) - means).T
    counts = real.astype(mixed.dtype)
    impossible = (jnp.isneginf(_at(stacked, targets)) & real).any()
    return counts @ height, counts @ gradient, jnp.tensordot(counts, spread, axes=1), impossible


def _normalised(scores: Array) -> Array:
    return scores - logsumexp(scores, axis=1, keepdims=True)


def _at(each: Array, targets: Array) -> Array:
    return jnp.take_along_axis(each, targets[None, :, None], axis=2)[:, :, 0]

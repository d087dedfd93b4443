"""Linear mixtures: a weighted sum of probabilities, its weights found by expectation and maximisation."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from jaxtyping import Float, Float32, Float64

from carrousel.errors import ModelError
from carrousel.generation import Scored

FIT: Final = 1 << 20
"""Words that weights are fitted on, at most: a million says what there is to say of a few weights."""
BLOCK: Final = 1 << 16
ROUNDS: Final = 10_000
NEAR: Final = 1e-9
"""Weights that move less than this in a round have arrived."""


def fit_linear(
    logs: Float[np.ndarray, "words parts"], *, held: Float64[np.ndarray, " parts"] | None = None
) -> Float64[np.ndarray, " parts"]:
    """The weights, from 0 and of sum 1, under which words are likeliest in a mixture.

    The likelihood has one summit, to which each round climbs (Dempster, Laird & Rubin 1977).

    Args:
        logs: the logarithm of each word's probability by each part.
        held: weights that are given; nan for those that are to be found.

    Raises:
        ModelError: no part gives a word a probability.
    """
    logs = logs[:FIT].astype(np.float64)
    best = logs.max(axis=1, keepdims=True)
    if not np.isfinite(best).all():
        raise ModelError("no part of the mixture gives a word of the text a probability; add one that knows all words")
    likely = np.exp(logs - best)
    held = np.full(logs.shape[1], np.nan) if held is None else held
    free = np.isnan(held)
    left = 1 - held[~free].sum()
    weights = equal_weights(held)
    for _ in range(ROUNDS if free.sum() > 1 else 0):
        shares = likely * weights
        shares /= shares.sum(axis=1, keepdims=True)
        wanted = shares.mean(axis=0)
        moved = np.where(free, left * wanted / wanted[free].sum(), held)
        arrived = np.abs(moved - weights).max() < NEAR
        weights = moved
        if arrived:
            break
    return weights


def equal_weights(held: Float64[np.ndarray, " parts"]) -> Float64[np.ndarray, " parts"]:
    """Weights of sum 1: those that are given, and the others, which are nan, equal among each other."""
    free = np.isnan(held)
    return np.where(free, (1 - held[~free].sum()) / max(1, free.sum()), held)


def mean_log(logs: Float[np.ndarray, "words parts"], weights: Float64[np.ndarray, " parts"]) -> float:
    """The mean logarithm of a word's probability in the mixture, over the words that weights are fitted on."""
    return float(mixed(logs[:FIT], weights).mean())


def mixed(
    logs: Float[np.ndarray, "words parts"], weights: Float64[np.ndarray, " parts"]
) -> Float64[np.ndarray, " words"]:
    """The logarithm of each word's probability in the mixture."""
    with np.errstate(divide="ignore"):
        return np.logaddexp.reduce(logs.astype(np.float64) + np.log(weights), axis=1)


def mixture(
    columns: Sequence[Float32[np.ndarray, " words"]], weights: Float64[np.ndarray, " parts"], *, first: int
) -> Iterator[Scored]:
    """The logarithm of each word's probability in the mixture, from the first place on, some words at a time."""
    for begin in range(first, len(columns[0]), BLOCK):
        logs = np.stack([column[begin : begin + BLOCK] for column in columns], axis=1)
        yield Scored(np.arange(begin, begin + len(logs)), mixed(logs, weights).astype(np.float32))

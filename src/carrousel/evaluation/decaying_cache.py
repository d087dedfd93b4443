"""The decaying cache: a unigram cache to which the last words add most (Clarkson & Robinson 1997)."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float64, Integer

from carrousel.evaluation.corpus import Corpus
from carrousel.evaluation.unigram_cache import scored_shares
from carrousel.generation import Scored

GONE: Final = 40
"""After so many times `size` words a word counts for nothing: e^-40."""


class DecayingCache(NamedTuple):
    """The shares of words before, one that stands k words back counting e^(-k / size); at first all are equally likely.

    The cache lives on across ends of sentences, which it counts as words.
    """

    size: int
    vocabulary: int

    def of(self, model: str) -> str:
        """What to call it beside a model; it is the same beside all."""
        del model
        return f"decaying cache of {self.size:,} words"

    @property
    def numbers(self) -> dict[str, Any]:
        """What it was made with."""
        return {"kind": "decaying", "size": self.size}

    def scored(self, corpus: Corpus) -> Iterator[Scored]:
        """The logarithm of each word's share, minus infinity for a word that has not stood before."""
        return scored_shares(
            corpus,
            lambda words: decayed_counts(words, self.size),
            self._whole,
            reach=GONE * self.size,
            vocabulary=self.vocabulary,
        )

    def distributions(self, corpus: Corpus, *, rows: int) -> Iterator[Array]:
        """The logarithms of all words' shares."""
        kept = np.exp(-1 / self.size)
        counts = np.zeros(self.vocabulary)
        for word in corpus.words[: corpus.first]:
            counts[word] += 1
            counts *= kept
        for begin in range(corpus.first, len(corpus.words), rows):
            shares = np.full((rows, self.vocabulary), 1 / self.vocabulary, np.float32)
            places = np.arange(begin, min(begin + rows, len(corpus.words)))
            for row, (place, whole) in enumerate(zip(places, self._whole(places), strict=True)):
                if place:
                    shares[row] = counts / whole
                counts[corpus.words[place]] += 1
                counts *= kept
            yield jnp.log(jnp.asarray(shares))

    def _whole(self, places: Integer[np.ndarray, " words"]) -> Float64[np.ndarray, " words"]:
        """What all words before a place count together."""
        kept = np.exp(-1 / self.size)
        return kept * -np.expm1(-places / self.size) / (1 - kept)


def decayed_counts(words: Integer[np.ndarray, " words"], size: int) -> Float64[np.ndarray, " words"]:
    """What the earlier places of each word count at it, one that is k words back e^(-k / size).

    Words alike are put one behind the other; each adds e^(place / size) to a running sum, in logarithms. Numbers of
    different words lie so far apart that what went before is lost beside them.
    """
    order = np.argsort(words, kind="stable")
    alike = words[order]
    ages = order / size
    heights = np.cumsum(np.diff(alike, prepend=alike[:1]) != 0) * (len(words) / size + 2 * GONE) + ages
    before = np.concatenate([[-np.inf], np.logaddexp.accumulate(heights)[:-1]])
    known = np.concatenate([[False], alike[1:] == alike[:-1]])
    counts = np.empty(len(words))
    counts[order] = np.where(known, np.exp(np.minimum(before - heights, np.log(len(words)))), 0)
    return counts

"""The unigram cache: a word is as likely as it was frequent among the last words (Kuhn & De Mori 1990)."""

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float32, Integer

from carrousel.evaluation.corpus import Corpus
from carrousel.generation import Scored

BLOCK: Final = 1 << 18
"""Words counted at a time."""


class UnigramCache(NamedTuple):
    """The shares of words among the last `size`; before the first word all are equally likely.

    The cache lives on across ends of sentences, which it counts as words.
    """

    size: int
    vocabulary: int

    def of(self, model: str) -> str:
        """What to call it beside a model; it is the same beside all."""
        del model
        return f"unigram cache of {self.size:,} words"

    @property
    def numbers(self) -> dict[str, Any]:
        """What it was made with."""
        return {"kind": "unigram", "size": self.size}

    def scored(self, corpus: Corpus) -> Iterator[Scored]:
        """The logarithm of each word's share, minus infinity for a word that is not in the cache."""
        return scored_shares(
            corpus,
            lambda words: recent_counts(words, self.size),
            lambda places: np.minimum(places, self.size),
            reach=self.size,
            vocabulary=self.vocabulary,
        )

    def distributions(self, corpus: Corpus, *, rows: int) -> Iterator[Array]:
        """The logarithms of all words' shares."""
        counts = np.zeros(self.vocabulary, np.float32)
        words = np.asarray(corpus.words[: corpus.first])
        np.add.at(counts, words, 1)
        for begin in range(corpus.first, len(corpus.words), rows):
            shares = np.full((rows, self.vocabulary), 1 / self.vocabulary, np.float32)
            for row, place in enumerate(range(begin, min(begin + rows, len(corpus.words)))):
                if place:
                    shares[row] = counts / min(place, self.size)
                counts[corpus.words[place]] += 1
                if place >= self.size:
                    counts[corpus.words[place - self.size]] -= 1
            yield jnp.log(jnp.asarray(shares))


def scored_shares(
    corpus: Corpus,
    counts: Callable[[np.ndarray], np.ndarray],
    whole: Callable[[np.ndarray], np.ndarray],
    *,
    reach: int,
    vocabulary: int,
) -> Iterator[Scored]:
    """The logarithm of each word's share among the words before it, minus infinity for one that is not among them.

    Args:
        corpus: the text.
        counts: what each word's earlier places count at it, of some words.
        whole: what all words before a place count together.
        reach: a word that stands farther back counts nothing.
        vocabulary: among so many words all are equally likely before the first.
    """
    for begin in range(corpus.first, len(corpus.words), BLOCK):
        stop, start = min(begin + BLOCK, len(corpus.words)), max(0, begin - reach)
        counted = counts(np.asarray(corpus.words[start:stop]))[begin - start :]
        places = np.arange(begin, stop)
        with np.errstate(divide="ignore"):
            logs = np.log(counted / whole(np.maximum(places, 1)))
        yield Scored(places, np.where(places == 0, -np.log(vocabulary), logs).astype(np.float32))


def recent_counts(words: Integer[np.ndarray, " words"], size: int) -> Float32[np.ndarray, " words"]:
    """How often each word stands among the `size` words before it.

    Words and their places are sorted as one number; the words alike that stand too far back are found by halving.
    """
    places, width = np.arange(len(words)), len(words) + 1
    keys = words.astype(np.int64) * width + places
    order = np.argsort(keys)
    ranks = np.empty(len(words), np.int64)
    ranks[order] = places
    oldest = np.searchsorted(keys[order], words.astype(np.int64) * width + np.maximum(places - size, 0))
    return (ranks - oldest).astype(np.float32)

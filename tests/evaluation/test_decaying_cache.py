import jax.numpy as jnp
import numpy as np
import pytest

from carrousel.evaluation import Corpus
from carrousel.evaluation.decaying_cache import DecayingCache, decayed_counts

WORDS = np.random.default_rng(0).integers(0, 5, 40).astype(np.uint16)


def naive(size, place):
    """All words' shares before a place."""
    counts = np.zeros(5)
    for other in range(place):
        counts[WORDS[other]] += np.exp((other - place) / size)
    return counts / counts.sum() if place else np.full(5, 1 / 5)


@pytest.mark.parametrize("size", [1, 6, 100])
@pytest.mark.parametrize("end", [1, None])
def test_it_is_what_counting_gives(size, end, monkeypatch):
    monkeypatch.setattr("carrousel.evaluation.unigram_cache.BLOCK", 16)
    corpus = Corpus(words=WORDS, end=end, unknown=0)
    scored = list(DecayingCache(size, 5).scored(corpus))
    places, logs = (np.concatenate(parts) for parts in zip(*scored, strict=True))
    assert places.tolist() == list(range(corpus.first, 40))
    assert np.exp(logs) == pytest.approx([naive(size, place)[WORDS[place]] for place in places], rel=1e-6)


def test_its_distributions_are_the_same_and_add_up():
    corpus = Corpus(words=WORDS, end=1, unknown=0)
    rows = jnp.concatenate(list(DecayingCache(6, 5).distributions(corpus, rows=16)))[: 40 - corpus.first]
    assert np.exp(rows) == pytest.approx(np.array([naive(6, place) for place in range(corpus.first, 40)]), rel=1e-5)
    assert np.exp(rows).sum(axis=1) == pytest.approx(np.ones(40 - corpus.first), rel=1e-5)


def test_a_word_that_has_not_stood_before_counts_nothing_and_one_far_back_next_to_it():
    counts = decayed_counts(np.array([7, 3] + [5] * 4000 + [7, 3]), 20)
    assert counts[:3].tolist() == [0, 0, 0]
    assert counts[-2:] == pytest.approx(np.full(2, np.exp(-4002 / 20)), rel=1e-6)
    assert counts[2 + 3000] == pytest.approx(1 / (np.exp(1 / 20) - 1))

import jax.numpy as jnp
import numpy as np
import pytest

from carrousel.evaluation import Corpus
from carrousel.evaluation.unigram_cache import UnigramCache, recent_counts

WORDS = np.random.default_rng(0).integers(0, 5, 40).astype(np.uint16)


def naive(size, place):
    """All words' shares before a place."""
    cache = list(WORDS[max(0, place - size) : place])
    return np.array([cache.count(word) / len(cache) if cache else 1 / 5 for word in range(5)])


@pytest.mark.parametrize("size", [1, 6, 100])
@pytest.mark.parametrize("end", [1, None])
def test_it_is_what_counting_gives(size, end, monkeypatch):
    monkeypatch.setattr("carrousel.evaluation.unigram_cache.BLOCK", 16)
    corpus = Corpus(words=WORDS, end=end, unknown=0)
    scored = list(UnigramCache(size, 5).scored(corpus))
    places, logs = (np.concatenate(parts) for parts in zip(*scored, strict=True))
    assert places.tolist() == list(range(corpus.first, 40))
    assert np.exp(logs) == pytest.approx([naive(size, place)[WORDS[place]] for place in places], rel=1e-6)


def test_its_distributions_are_the_same_and_add_up():
    corpus = Corpus(words=WORDS, end=1, unknown=0)
    rows = jnp.concatenate(list(UnigramCache(6, 5).distributions(corpus, rows=16)))[:40]
    assert np.exp(rows) == pytest.approx(np.array([naive(6, place) for place in range(40)]), rel=1e-6)
    assert np.exp(rows).sum(axis=1) == pytest.approx(np.ones(40), rel=1e-6)


def test_no_word_of_a_text_counts_itself():
    assert recent_counts(np.array([3, 3, 3, 1]), 2).tolist() == [0, 1, 2, 0]

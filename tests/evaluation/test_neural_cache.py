import jax.numpy as jnp
import numpy as np
import pytest

from carrousel.evaluation import Corpus
from carrousel.evaluation.neural_cache import NeuralCache, cache_logs, has_states
from carrousel.ngram.network import NgramNetwork
from tests.generation.small import END, UNKNOWN, VOCABULARY, small_model
from tests.ngram.making import made

WORDS = np.random.default_rng(0).integers(2, VOCABULARY, 30).astype(np.uint16)
CORPUS = Corpus(words=WORDS, end=END, unknown=UNKNOWN)


@pytest.fixture(scope="module")
def network():
    return small_model()


@pytest.fixture(scope="module")
def states(network):
    """What the softmax reads before each word."""
    read = np.concatenate([[END], WORDS[:-1]])
    outputs, _ = network.run(jnp.asarray(read[:, None], jnp.int32))
    return np.asarray(outputs[:, 0], np.float64)


def naive(states, theta, size, place):
    """All words' probabilities before a place, one remembered state after the other."""
    if place == 0:
        return np.full(VOCABULARY, 1 / VOCABULARY)
    chances = np.zeros(VOCABULARY)
    for before in range(max(0, place - size), place):
        chances[WORDS[before]] += np.exp(theta * states[before] @ states[place])
    return chances / chances.sum()


@pytest.mark.parametrize("window", [8, 256])
def test_it_is_what_a_plain_loop_gives(network, states, window, monkeypatch):
    monkeypatch.setattr("carrousel.evaluation.neural_cache.WINDOW", window)
    settings = [(0.0, 5), (1.5, 5), (1.5, 100)]
    read = list(cache_logs(network, CORPUS, settings))
    places, logs = (np.concatenate(parts) for parts in zip(*read, strict=True))
    assert places.tolist() == list(range(30))
    for column, (theta, size) in enumerate(settings):
        wanted = [naive(states, theta, size, place)[WORDS[place]] for place in range(30)]
        assert np.exp(logs[:, column]) == pytest.approx(wanted, rel=1e-4, abs=1e-7)  # float32 exponents


def test_its_distributions_are_the_same(network, states):
    rows = jnp.concatenate(list(NeuralCache(network, 1.5, 5).distributions(CORPUS, rows=8)))[:30]
    wanted = np.array([naive(states, 1.5, 5, place) for place in range(30)])
    assert np.exp(rows) == pytest.approx(wanted, rel=1e-4, abs=1e-7)


def test_one_alone_says_what_it_says_among_others(network):
    ((places, logs),) = NeuralCache(network, 1.5, 5).scored(CORPUS)
    ((_, among),) = cache_logs(network, CORPUS, [(0.5, 9), (1.5, 5)])
    assert places.tolist() == list(range(30))
    assert logs == pytest.approx(among[:, 1], rel=1e-5)


def test_states_to_compare_are_vectors_of_real_numbers(network, tmp_path):
    assert has_states(network)
    assert not has_states(NgramNetwork(made(tmp_path)))

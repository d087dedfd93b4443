from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from carrousel.errors import SettingsError
from carrousel.evaluation import Corpus, DynamicSettings
from carrousel.evaluation.dynamic import RATE, RATES, Dynamic, can_learn, fit_dynamic, gradient_sizes
from carrousel.generation import Passage, score_words
from carrousel.ngram.network import NgramNetwork
from tests.generation.small import END, UNKNOWN, VOCABULARY, small_model
from tests.ngram.making import made

WORDS = np.random.default_rng(0).integers(2, VOCABULARY, 22).astype(np.uint16)
CORPUS = Corpus(words=WORDS, end=END, unknown=UNKNOWN)
SEGMENT = 5
SGD = DynamicSettings(rate=0.5, decay=0.1, segment=SEGMENT)


@pytest.fixture(scope="module")
def network():
    return small_model()


@pytest.fixture(scope="module")
def sizes(network):
    return gradient_sizes(network, CORPUS, segment=SEGMENT)


def logs_of(network, settings, sizes=None):
    return np.concatenate([logs for _, logs in Dynamic(network, settings, sizes).scored(CORPUS)])


@eqx.filter_jit
@eqx.filter_grad(has_aux=True)
def gradient_of(weights, tokens, targets, state):
    nll, state = weights.losses(tokens, targets, state)
    return nll.mean(), (nll[:, 0], state)


def rule_of(settings, sizes, network):
    """What each gradient is multiplied by, and the part of the way back, array by array."""
    if sizes is None:
        arrays = eqx.filter(network, eqx.is_array)
        return jax.tree.map(lambda _: 1.0, arrays), jax.tree.map(lambda _: settings.decay, arrays)
    mean = np.concatenate([np.ravel(size) for size in jax.tree.leaves(sizes)]).mean()
    parts = jax.tree.map(lambda size: np.minimum(settings.decay * size / mean, 1), sizes)
    return jax.tree.map(lambda size: 1 / (size + settings.epsilon), sizes), parts


def by_hand(network, settings, sizes=None):
    """The same, one segment after the other, with the rule written out."""
    steps, parts = rule_of(settings, sizes, network)
    start, weights, state, said, squares = network, network, network.start_state(1), [], []
    read = np.concatenate([[END], WORDS[:-1]]).astype(np.int32)

    for begin in range(0, len(WORDS), SEGMENT):
        tokens, targets = (jnp.asarray(w[begin : begin + SEGMENT, None], jnp.int32) for w in (read, WORDS))
        gradient, (nll, state) = gradient_of(weights, tokens, targets, state)
        said.append(-np.asarray(nll))
        squares.append(gradient)
        arrays, rest = eqx.partition(weights, eqx.is_array)
        first = eqx.filter(start, eqx.is_array)
        moved = jax.tree.map(lambda w, g, s: w - settings.rate * g * s, arrays, gradient, steps)
        moved = jax.tree.map(lambda m, w, w0, part: m + part * (w0 - w), moved, arrays, first, parts)
        weights = eqx.combine(moved, rest)
    return np.concatenate(said), squares


def test_words_are_scored_and_then_learned_from_segment_by_segment(network):
    assert logs_of(network, SGD) == pytest.approx(by_hand(network, SGD)[0], rel=1e-4)


def test_rms_divides_by_the_usual_size_of_each_gradient(network, sizes):
    settings = DynamicSettings(rule="rms", rate=0.02, decay=0.1, segment=SEGMENT, epsilon=1e-3)
    assert logs_of(network, settings, sizes) == pytest.approx(by_hand(network, settings, sizes)[0], rel=1e-4)


def test_the_usual_size_is_the_root_of_the_mean_square_over_segments(network, sizes):
    _, gradients = by_hand(network, replace(SGD, rate=0.0, decay=0.0))
    wanted = jax.tree.map(lambda *all_: np.sqrt(np.mean(np.square(all_), axis=0)), *gradients)
    for size, want in zip(jax.tree.leaves(sizes), jax.tree.leaves(wanted), strict=True):
        assert size == pytest.approx(np.asarray(want), rel=1e-4, abs=1e-7)


def test_a_rate_of_zero_is_plain_evaluation(network):
    plain = np.concatenate([s.log_probabilities for s in score_words(network, Passage(words=WORDS, context=END))])
    assert logs_of(network, replace(SGD, rate=0.0)) == pytest.approx(plain, rel=1e-5)


def test_every_setting_acts(network):
    plain = logs_of(network, SGD)
    for changed in ({"rate": 0.1}, {"decay": 0.9}, {"segment": 4}):
        assert np.abs(logs_of(network, replace(SGD, **changed)) - plain).max() > 1e-3


def test_the_network_is_left_as_it_was_to_the_last_bit(network):
    before = [np.array(leaf) for leaf in jax.tree.leaves(eqx.filter(network, eqx.is_array))]
    logs_of(network, SGD)
    after = jax.tree.leaves(eqx.filter(network, eqx.is_array))
    assert all(np.array_equal(old, new) for old, new in zip(before, after, strict=True))


def test_distributions_are_of_the_same_learning(network):
    rows = jnp.concatenate(list(Dynamic(network, SGD).distributions(CORPUS, rows=10)))[: len(WORDS)]
    assert np.exp(rows).sum(axis=1) == pytest.approx(np.ones(len(WORDS)), rel=1e-5)
    assert rows[np.arange(len(WORDS)), WORDS] == pytest.approx(logs_of(network, SGD), rel=1e-4)


def test_a_rate_that_is_not_given_is_the_best_of_a_few_on_another_text(network):
    found = fit_dynamic(replace(SGD, rate=None), network, CORPUS).settings.rate
    nats = {rate: -logs_of(network, replace(SGD, rate=rate)).sum() for rate in RATES["sgd"]}
    assert found == min(nats, key=nats.get)
    assert fit_dynamic(replace(SGD, rate=None), network, None).settings.rate == RATE
    assert fit_dynamic(DynamicSettings(rule="rms", rate=0.1), network, CORPUS).sizes is not None


def test_what_has_no_weights_cannot_learn(network, tmp_path):
    assert can_learn(network)
    assert not can_learn(NgramNetwork(made(tmp_path)))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"rule": "rsm"}, "did you mean rms"),
        ({"rate": -1.0}, "rate of dynamic evaluation is a number from 0"),
        ({"decay": 2.0}, "decay is a part of the way back"),
        ({"segment": 0}, "a segment has at least one word"),
        ({"epsilon": 0.0}, "epsilon keeps a division"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, words):
    with pytest.raises(SettingsError, match=words):
        DynamicSettings(**settings)


def test_rms_without_another_text_is_refused(network):
    with pytest.raises(SettingsError, match="rms divides by the size of gradients on another text"):
        fit_dynamic(DynamicSettings(rule="rms"), network, None)

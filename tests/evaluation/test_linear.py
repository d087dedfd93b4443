import numpy as np
import pytest

from carrousel.errors import ModelError
from carrousel.evaluation.linear import equal_weights, fit_linear, mean_log, mixed, mixture

RANDOM = np.random.default_rng(0)
LOGS = np.log(RANDOM.dirichlet(np.ones(5), size=(400, 3))[:, :, 0]).astype(np.float32)


def test_two_weights_are_the_best_of_all_that_were_tried():
    pair = LOGS[:, :2]
    tried = np.linspace(0, 1, 2001)
    heights = [mean_log(pair, np.array([weight, 1 - weight])) for weight in tried]
    assert fit_linear(pair)[0] == pytest.approx(tried[int(np.argmax(heights))], abs=6e-4)  # the grid's step is 5e-4
    assert mean_log(pair, fit_linear(pair)) >= max(heights) - 1e-9


def test_no_small_change_of_three_weights_helps():
    found = fit_linear(LOGS)
    assert found.sum() == pytest.approx(1)
    for _ in range(50):
        other = np.abs(found + RANDOM.normal(scale=0.02, size=3))
        assert mean_log(LOGS, other / other.sum()) <= mean_log(LOGS, found) + 1e-9


def test_a_weight_that_is_given_stays_and_the_others_are_best_beside_it():
    found = fit_linear(LOGS, held=np.array([np.nan, 0.3, np.nan]))
    assert found[1] == 0.3
    tried = [np.array([weight, 0.3, 0.7 - weight]) for weight in np.linspace(0, 0.7, 1401)]
    best = max(tried, key=lambda weights: mean_log(LOGS, weights))
    assert found == pytest.approx(best, abs=6e-4)


def test_a_part_that_is_never_right_gets_nothing():
    useless = np.stack([LOGS[:, 0], np.full(400, -np.inf, np.float32)], axis=1)
    assert fit_linear(useless) == pytest.approx([1, 0], abs=1e-6)


def test_words_that_no_part_knows_are_refused():
    with pytest.raises(ModelError, match="no part of the mixture"):
        fit_linear(np.full((3, 2), -np.inf, np.float32))


def test_weights_that_are_not_given_are_equal():
    assert equal_weights(np.array([np.nan, np.nan, 0.2])) == pytest.approx([0.4, 0.4, 0.2])


def test_a_mixture_adds_probabilities():
    weights = np.array([0.2, 0.5, 0.3])
    wanted = np.log(np.exp(LOGS.astype(np.float64)) @ weights)
    assert mixed(LOGS, weights) == pytest.approx(wanted, rel=1e-6)
    ((places, logs),) = mixture(list(LOGS.T), weights, first=7)
    assert (places[0], len(places)) == (7, 393)
    assert logs == pytest.approx(wanted[7:], rel=1e-5)


def test_a_mixture_of_a_model_with_itself_is_the_model():
    twice = LOGS[:, [0, 0]]
    assert mixed(twice, fit_linear(twice)) == pytest.approx(LOGS[:, 0], rel=1e-6)

import jax.numpy as jnp
import numpy as np
import pytest

from carrousel.errors import ModelError
from carrousel.evaluation import Corpus
from carrousel.evaluation.log_linear import Part, _normalised, fit_log_linear, log_mixture, rows_of
from carrousel.evaluation.predictors import AsTrained, Blend
from tests.generation.small import END, UNKNOWN, VOCABULARY, model_of_chances, small_model

RANDOM = np.random.default_rng(1)
WORDS = RANDOM.integers(2, VOCABULARY, 30).astype(np.uint16)
CORPUS = Corpus(words=WORDS, end=END, unknown=UNKNOWN)
CHANCES = RANDOM.dirichlet(np.ones(VOCABULARY))
ROWS = 8


@pytest.fixture(scope="module")
def predictors():
    return AsTrained(small_model()), AsTrained(model_of_chances(CHANCES))


def rows(predictor):
    return np.concatenate(list(predictor.distributions(CORPUS, rows=ROWS)))[: len(WORDS)].astype(np.float64)


def naive(predictors, weights):
    """The logarithm of each word's probability by the definition, in numpy and float64."""
    scores = sum(weight * rows(predictor) for weight, predictor in zip(weights, predictors, strict=True))
    return (scores - np.log(np.exp(scores).sum(axis=1, keepdims=True)))[np.arange(len(WORDS)), WORDS]


def mixed(predictors, weights, numbers=None):
    parts = [Part(predictor, CORPUS, None) for predictor in predictors]
    if numbers is not None:
        parts[1] = numbers
    return np.concatenate([s.log_probabilities for s in log_mixture(parts, np.asarray(weights), rows=ROWS)])


def test_it_is_the_product_of_powers_divided_by_its_sum(predictors):
    for weights in ([0.5, 0.5], [1.2, 0.3], [1.0, -0.4]):
        assert mixed(predictors, weights) == pytest.approx(naive(predictors, weights), rel=1e-4)


def test_it_adds_up_over_the_vocabulary():
    scores = jnp.asarray(RANDOM.normal(size=(4, 9), scale=30), jnp.float32)
    assert np.exp(_normalised(scores)).sum(axis=1) == pytest.approx(np.ones(4), rel=1e-5)


def test_exponents_are_where_no_small_change_helps(predictors):
    parts = [Part(predictor, CORPUS, None) for predictor in predictors]
    found = fit_log_linear(parts, rows=ROWS)
    best = naive(predictors, found).mean()
    assert best > naive(predictors, [0.5, 0.5]).mean()
    for change in RANDOM.normal(scale=0.05, size=(40, 2)):
        assert naive(predictors, found + change).mean() <= best + 1e-6


def test_a_model_mixed_with_itself_is_the_model(predictors):
    twice = predictors[0], predictors[0]
    assert mixed(twice, [0.5, 0.5]) == pytest.approx(naive(predictors[:1], [1.0]), rel=1e-5)


def test_models_that_number_words_differently_are_mixed_word_by_word(predictors):
    order = RANDOM.permutation(VOCABULARY)
    own = np.argsort(order)  # the other's number of each word
    other = Part(
        AsTrained(model_of_chances(CHANCES[order])), Corpus(words=own[WORDS], end=int(own[END]), unknown=None), own
    )
    assert mixed(predictors, [0.4, 0.6], other) == pytest.approx(mixed(predictors, [0.4, 0.6]), rel=1e-5)


def test_a_word_that_cannot_be_stays_impossible_and_cannot_be_fitted(predictors):
    chances = np.where(np.arange(VOCABULARY) == WORDS[3], 0, CHANCES)
    with np.errstate(divide="ignore"):
        sure = AsTrained(model_of_chances(chances / chances.sum()))
    logs = mixed((predictors[0], sure), [0.5, 0.5])
    assert np.array_equal(np.isneginf(logs), WORDS[3] == WORDS)
    with pytest.raises(ModelError, match="no exponents can be fitted"):
        fit_log_linear([Part(one, CORPUS, None) for one in (predictors[0], sure)], rows=ROWS)


def test_a_blend_adds_probabilities(predictors):
    wanted = np.log(0.3 * np.exp(rows(predictors[0])) + 0.7 * np.exp(rows(predictors[1])))
    assert rows(Blend(predictors, [0.3, 0.7])) == pytest.approx(wanted, rel=1e-4)


def test_no_more_rows_than_memory_allows_and_whole_segments():
    assert rows_of(10_000, multiple=1) == 256
    assert rows_of(10_000, multiple=20) == 240
    assert rows_of(1_000_000, multiple=1) == 8
    assert rows_of(1_000_000, multiple=20) == 20

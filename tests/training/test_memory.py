"""Predicted memory of training: every setting that takes memory acts."""

from dataclasses import replace

import pytest

from carrousel.errors import ModelError, SettingsError
from carrousel.models import LanguageModelSettings
from carrousel.models.sizing import weightless
from carrousel.training.memory import predict_memory
from carrousel.training.settings import TrainingSettings

SETTINGS = TrainingSettings(batch=4, unroll=10)
MODEL = LanguageModelSettings(hidden=8, layers=2)
WORDS = 50
LAYER = (8 + 8 + 1) * 4 * 8


def model(**changes):
    return weightless(replace(MODEL, **changes), vocabulary=WORDS)


def predicted(*, network=None, memory=1 << 20, segment=None, **changes):
    return predict_memory(network or model(), replace(SETTINGS, **changes), memory=memory, segment=segment)


def test_parameters_moments_and_means_are_counted_whole():
    numbers = 2 * WORDS * 8 + WORDS + 2 * LAYER
    assert predicted().parameters == 4 * numbers
    copies = [
        predicted(**changes).optimiser / (4 * numbers)
        for changes in ({}, {"momentum": 0.9}, {"optimiser": "adam"}, {"averaging": "always"})
    ]
    assert copies == [0, 1, 2, 1]


def test_a_plain_descent_has_a_gradient_for_the_rows_that_were_read_alone():
    assert predicted(optimiser="adam").gradient - predicted().gradient == 4 * (WORDS - 40) * 8
    tied = model(tied=True)
    assert predicted(network=tied).gradient == predicted(network=tied, optimiser="adam").gradient


def test_activations_grow_with_batch_and_steps_and_shrink_with_segments_and_a_bound_on_logits():
    at = predicted()
    assert at.activations == max(at.loss, *at.layers)
    assert at.total == at.parameters + max(at.activations, at.gradient)
    adam = predicted(optimiser="adam")
    assert adam.total == adam.parameters * (1 + 2 + 2) + max(at.activations, adam.gradient)
    assert predicted(averaging="always").total == adam.parameters * (1 + 1) + max(at.activations, adam.gradient)
    matrices = 4 * 2 * 2 * 4 * 8 * 8
    assert predicted(batch=8).loss - matrices == 2 * (at.loss - matrices)
    assert predicted(unroll=20).loss - matrices == 2 * (at.loss - matrices)
    assert at.loss - predicted(memory=4 * WORDS).loss == 4 * 2 * (40 - 1) * WORDS
    assert max(predicted(segment=2).layers) < max(at.layers)


def test_a_model_without_what_the_formula_is_about_is_refused():
    with pytest.raises(SettingsError, match="head of one softmax, got mixture"):
        predicted(network=model(head="mixture"))
    with pytest.raises(ModelError, match="has no recurrent layers"):
        predicted(network=model(model="window"))

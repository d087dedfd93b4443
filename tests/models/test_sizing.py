"""The hidden size that a budget of numbers allows."""

import jax
import pytest

from carrousel.engine import Blocks, Matrices, Vector, tanh
from carrousel.errors import CellError, SettingsError
from carrousel.models import LanguageModel, LanguageModelSettings, count_numbers, fit_hidden, trained_numbers

VOCABULARY = 30


def settings(cell="elman", **fields):
    return LanguageModelSettings(**{"cell": cell, "layers": 1, **fields})


@pytest.mark.parametrize("fields", [{}, {"layers": 2}, {"tied": True}, {"embedding": 5}, {"cell": "esn"}], ids=str)
def test_the_count_without_drawing_is_that_of_the_network(fields):
    model = settings(**fields, hidden=6)
    drawn = LanguageModel.from_settings(model, vocabulary=VOCABULARY, key=jax.random.key(0))
    assert count_numbers(model, vocabulary=VOCABULARY) == trained_numbers(drawn)


def test_what_is_counted_is_all_that_training_changes():
    table, head, cell = VOCABULARY * 6, 6 * VOCABULARY + VOCABULARY, 6 * 6 + 6 * 6 + 6
    assert count_numbers(settings(hidden=6), vocabulary=VOCABULARY) == table + head + cell
    reservoir = 6 * 6  # drawn once
    assert count_numbers(settings("esn", hidden=6), vocabulary=VOCABULARY) < table + head + cell - reservoir + 1


@pytest.mark.parametrize("budget", [700, 701, 5_000])
@pytest.mark.parametrize("fields", [{}, {"embedding": 5}, {"tied": True, "layers": 2}], ids=str)
def test_one_unit_more_would_be_too_many(budget, fields):
    fitted = fit_hidden(settings(**fields), budget, vocabulary=VOCABULARY)
    more = count_numbers(settings(**fields, hidden=fitted.hidden + 1), vocabulary=VOCABULARY)
    assert fitted.parameters <= budget < more


def test_sizes_that_the_cell_cannot_have_are_passed_over():
    fitted = fit_hidden(settings("slstm"), 3_000, vocabulary=VOCABULARY)
    assert fitted.hidden % 2 == 0
    assert fitted.parameters <= 3_000 < count_numbers(settings("slstm", hidden=fitted.hidden + 2), vocabulary=30)


def test_a_budget_that_leaves_nothing_for_the_cell_says_how_much_would_do():
    least = count_numbers(settings(hidden=1), vocabulary=VOCABULARY)
    assert fit_hidden(settings(), least, vocabulary=VOCABULARY).hidden == 1
    with pytest.raises(SettingsError, match=rf"leaves nothing for elman: with 30 .* the smallest model has {least};"):
        fit_hidden(settings(), least - 1, vocabulary=VOCABULARY)


def test_a_cell_that_fits_no_size_says_why():
    def odd(x: Vector, h: Vector, *, W: Matrices, B: Blocks, heads: int = 1000) -> Vector:
        return tanh(W.h @ x + B.h @ h)

    with pytest.raises(CellError, match="1000 heads"):
        fit_hidden(settings("odd"), 10_000, vocabulary=VOCABULARY, cells=[odd])

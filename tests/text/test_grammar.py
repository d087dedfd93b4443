"""Grammars with probabilities, on grammars whose answers are known."""

import math
from itertools import islice

import numpy as np
import pytest

from carrousel.errors import SettingsError
from carrousel.text import Grammar

GEOMETRIC = Grammar({"s": [(0.75, "a s"), (0.25, "b")]}, start="s")
AMBIGUOUS = Grammar({"s": [(0.4, "x x"), (0.6, "a")], "x": [(0.5, "a"), (0.5, "a a")]}, start="s")


def test_entropy_and_length_of_a_geometric_source_are_the_closed_form() -> None:
    choice = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    assert GEOMETRIC.entropy() == pytest.approx(choice / 0.25, rel=1e-12)
    assert GEOMETRIC.mean_length() == pytest.approx(4.0, rel=1e-12)


def test_the_probability_of_a_sentence_is_the_product_of_its_rules() -> None:
    assert GEOMETRIC.log_probability(["a", "a", "b"]) == pytest.approx(math.log(0.75**2 * 0.25), rel=1e-12)


def test_a_sentence_outside_the_language_has_no_probability() -> None:
    assert GEOMETRIC.log_probability(["a"]) == -math.inf
    assert GEOMETRIC.derivations(["b", "b"]) == 0


def test_all_derivations_of_a_sentence_count() -> None:
    assert AMBIGUOUS.derivations(["a", "a", "a"]) == 2
    assert AMBIGUOUS.log_probability(["a", "a", "a"]) == pytest.approx(math.log(0.4 * 2 * 0.25), rel=1e-12)


def test_the_same_seed_gives_the_same_sentences() -> None:
    first, second = (list(islice(GEOMETRIC.sentences(np.random.default_rng(5)), 20)) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ([(0.5, "a")], "must add up to 1"),
        ([(0.5, "a"), (0.5, "")], "a rule of 's' is empty"),
        ([(0.5, "a s s"), (0.5, "b")], "infinite mean length"),
    ],
)
def test_rules_that_are_no_source_are_refused(rules: list[tuple[float, str]], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        Grammar({"s": rules}, start="s")

"""Embedded Reber strings against what is known of them exactly."""

import math
from collections import Counter

import numpy as np
import pytest

from carrousel.errors import TextError
from carrousel.text import Grammar
from carrousel.text.tasks import embedded_reber_sets, embedded_reber_string, legal_next, numbers, reber_string
from carrousel.text.tasks.reber import EMBEDDED, INNER, SYMBOLS


def inner_strings(longest: int) -> dict[str, float]:
    """Every inner string up to a length, with its probability."""
    found, waiting = {}, [("", 0, 1.0)]
    while waiting:
        string, state, probability = waiting.pop()
        if not INNER[state]:
            found[string] = probability
        elif len(string) < longest:
            share = probability / len(INNER[state])
            waiting += [(string + symbol, following, share) for symbol, following in INNER[state].items()]
    return found


def test_lengths_of_inner_strings_have_the_known_distribution() -> None:
    strings = inner_strings(16)
    share = Counter()
    for string, probability in strings.items():
        share[len(string)] += probability
    assert [share[length] for length in range(5, 11)] == [0.25, 0.1875, 0.125, 0.109375, 0.0859375, 0.0625]
    assert [sum(len(string) == length for string in strings) for length in range(5, 11)] == [2, 3, 4, 7, 11, 16]
    assert min(share) == 5
    assert sum(share.values()) == pytest.approx(0.9716, abs=5e-5)


def test_entropy_is_seven_bits_and_the_mean_length_twelve() -> None:
    rules = {
        state: [(1 / len(moves), f"{symbol} {after if EMBEDDED[after] else ''}") for symbol, after in moves.items()]
        for state, moves in EMBEDDED.items()
        if moves
    }
    source = Grammar(rules, start="begin")
    assert source.entropy() / math.log(2) == pytest.approx(7, abs=1e-12)
    assert source.mean_length() == pytest.approx(12, abs=1e-12)


def test_inner_strings_are_eight_long_on_average_with_deviation_3_37() -> None:
    generator = np.random.default_rng(1)
    lengths = [len(reber_string(generator)) for _ in range(4000)]
    assert np.mean(lengths) == pytest.approx(8, abs=4 * 3.37 / len(lengths) ** 0.5)
    assert np.std(lengths) == pytest.approx(3.37, abs=0.2)


def test_drawn_strings_follow_the_legal_symbols_and_remember_the_second() -> None:
    generator = np.random.default_rng(2)
    for _ in range(200):
        string = embedded_reber_string(generator)
        table = legal_next(string)
        assert all(table[place, SYMBOLS.index(symbol)] for place, symbol in enumerate(string[1:]))
        assert not table[-1].any()
        assert string[1] == string[-2]
        assert table[-3].tolist() == [symbol == string[1] for symbol in SYMBOLS]
        assert table.sum(1).max() <= 2


def test_an_illegal_symbol_is_named_with_its_place() -> None:
    with pytest.raises(TextError, match="place 2 wants B, got 'T'"):
        legal_next("BTT")
    with pytest.raises(TextError, match="place 9 wants nothing more"):
        legal_next("BTBTXSETE" + "B")


def test_test_strings_are_no_training_strings() -> None:
    training, test = embedded_reber_sets(np.random.default_rng(3))
    assert (len(training), len(test)) == (256, 256)
    assert not set(training) & set(test)


def test_strings_as_numbers_come_with_their_lengths() -> None:
    table, lengths = numbers(["BTE", "BP"])
    assert table.T.tolist() == [[0, 1, 6], [0, 2, 0]]
    assert lengths.tolist() == [3, 2]

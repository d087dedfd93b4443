"""Embedded Reber strings drawn many at a time, and end to end."""

import math

import numpy as np
import pytest

from carrousel.text.tasks import ContinualReber, EmbeddedReber, asks_outer, legal_after, legal_next, reber_states
from carrousel.text.tasks.reber import SYMBOLS


def text(tokens) -> str:
    return "".join(SYMBOLS[token] for token in tokens)


def test_new_strings_are_legal_and_twelve_long_on_average() -> None:
    drawn = EmbeddedReber().draw(np.random.default_rng(1), 4000)
    assert (drawn.lengths + 1).mean() == pytest.approx(12 - 0.02, abs=0.25)
    assert drawn.lengths.max() <= 39
    for column in range(100):
        length = drawn.lengths[column]
        string = text(drawn.inputs[:length, column]) + text(drawn.targets[length - 1 : length, column])
        assert not legal_next(string)[-1].any()
        assert (drawn.targets[: length - 1, column] == drawn.inputs[1:length, column]).all()


def test_a_string_that_is_too_long_is_drawn_again() -> None:
    assert EmbeddedReber(longest=9).draw(np.random.default_rng(1), 200).lengths.tolist() == [8] * 200


def test_given_strings_are_drawn_evenly() -> None:
    strings = ("BTBTXSETE", "BPBPVVEPE", "BTBTSXSETE")
    drawn = EmbeddedReber(strings=strings).draw(np.random.default_rng(1), 3000)
    seen = [
        text([*drawn.inputs[:length, column], drawn.targets[length - 1, column]])
        for column, length in enumerate(drawn.lengths)
    ]
    assert set(seen) == set(strings)
    assert min(seen.count(string) for string in strings) > 850


def test_a_stream_is_strings_end_to_end_and_its_entropy_is_that_of_the_strings() -> None:
    drawn = ContinualReber(length=600).draw(np.random.default_rng(1), 200)
    stream = text(drawn.inputs[:, 0])
    ends = [place for place in range(9, 600) if stream[: place + 1].endswith(("TE", "PE")) and stream[place - 2] == "E"]
    first = stream[: ends[0] + 1]
    assert not legal_next(first)[-1].any()
    assert stream[ends[0] + 1] == "B"
    legal = legal_after(reber_states(drawn.inputs))
    assert np.take_along_axis(legal, drawn.targets[..., None], -1).all()
    # 7 bits a string of 12 symbols: each choice is between two
    nats = np.log(legal.sum(-1)).mean()
    assert nats == pytest.approx(7 * math.log(2) / 12, rel=0.02)


def test_a_stream_can_end_with_a_whole_string() -> None:
    drawn = ContinualReber(length=100, ends="whole").draw(np.random.default_rng(2), 200)
    for column, length in enumerate(drawn.lengths):
        stream = text(drawn.inputs[:length, column])
        assert not legal_next(stream[stream.rindex("EB") + 1 :])[-1].any()
        assert SYMBOLS[drawn.targets[length - 1, column]] == "B"
    assert 60 < drawn.lengths.min() < drawn.lengths.max() <= 100


def test_legal_targets_are_every_symbol_that_may_come() -> None:
    same = [ContinualReber(length=80, target=target).draw(np.random.default_rng(2), 9) for target in ("next", "legal")]
    np.testing.assert_array_equal(same[0].inputs, same[1].inputs)
    np.testing.assert_array_equal(same[1].targets, legal_after(reber_states(same[0].inputs)))
    assert np.take_along_axis(same[1].targets, same[0].targets[..., None], -1).all()


def test_the_outer_symbol_is_asked_once_a_string() -> None:
    drawn = EmbeddedReber().draw(np.random.default_rng(3), 500)
    inside = np.arange(len(drawn.inputs))[:, None] < drawn.lengths
    asked = asks_outer(reber_states(np.where(inside, drawn.inputs, 0))) & inside
    assert asked.sum(0).tolist() == [1] * 500
    np.testing.assert_array_equal(drawn.targets[asked.argmax(0), np.arange(500)], drawn.inputs[1])

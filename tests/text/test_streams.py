"""Streams and windows."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrousel.errors import TextError
from carrousel.text import (
    Tokens,
    learn_tokenizer,
    memory_text,
    streams,
    tokenise,
    tokens_in_memory,
    window,
    window_count,
)


def bytes_of(content: bytes) -> Tokens:
    text = memory_text(content, name="text")
    return tokens_in_memory(text, learn_tokenizer("byte", text))


def test_streams_go_on_where_the_one_before_ends_and_the_rest_is_dropped() -> None:
    assert streams(bytes_of(bytes(range(11))), 3).tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]


def test_streams_are_a_view_of_the_file(tmp_path: Path) -> None:
    text = memory_text(bytes(range(11)), name="text")
    tokens = tokenise(text, learn_tokenizer("byte", text), tmp_path / "tokens")
    assert np.shares_memory(streams(tokens, 3), tokens.array)


@given(length=st.integers(8, 80), batch=st.integers(1, 4), unroll=st.integers(1, 9))
def test_windows_cover_each_step_of_the_streams_once(length: int, batch: int, unroll: int) -> None:
    view = streams(bytes_of(bytes(range(length))), batch)
    windows = [window(view, index, unroll) for index in range(window_count(view, unroll, ragged=True))]
    np.testing.assert_array_equal(np.concatenate([inputs for inputs, _ in windows]), view.T[:-1])
    np.testing.assert_array_equal(np.concatenate([targets for _, targets in windows]), view.T[1:])
    assert [len(inputs) == unroll for inputs, _ in windows].count(True) == window_count(view, unroll)


def test_a_window_is_the_columns_from_kt_to_kt_plus_t() -> None:
    inputs, targets = window(streams(bytes_of(bytes(range(20))), 2), 1, 3)
    assert inputs.T.tolist() == [[3, 4, 5], [13, 14, 15]]
    assert targets.T.tolist() == [[4, 5, 6], [14, 15, 16]]


def test_several_windows_at_once_are_the_same_steps() -> None:
    view = streams(bytes_of(bytes(range(40))), 2)
    together, _ = window(view, 1, 3, count=4)
    np.testing.assert_array_equal(together, np.concatenate([window(view, index, 3)[0] for index in range(1, 5)]))


def test_a_text_shorter_than_one_batch_says_how_many_tokens_are_needed() -> None:
    with pytest.raises(TextError, match="has 83 tokens, and 4 streams of 20 steps need 84"):
        streams(bytes_of(bytes(83)), 4, unroll=20)
    assert streams(bytes_of(bytes(84)), 4, unroll=20).shape == (4, 21)


def test_the_state_can_be_carried_from_window_to_window() -> None:
    view = streams(bytes_of(bytes(range(50))), 2)
    for before, after in pairwise(window(view, index, 4) for index in range(window_count(view, 4))):
        np.testing.assert_array_equal(before[1][-1], after[0][0])

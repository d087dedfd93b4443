import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrousel.ngram.arpa_text import LONGEST, ArpaText, numbers

NAMES = ("<unk>", "<s>", "</s>", "a", "été", "longer-words-of-all-kinds", "x" * LONGEST, "y" * (LONGEST + 1), "z" * 200)
FINITE = st.floats(-99, 0, width=32)


def spelled(values: np.ndarray) -> list[bytes]:
    return [row.tobytes().replace(b"\0", b"") for row in numbers(values)]


@given(st.lists(st.one_of(FINITE, st.sampled_from([0.0, -99.0, -1.0, -0.0151786, -1e-4, -1e-7, -1e-45])), min_size=1))
def test_numbers_read_back_are_the_very_same(values):
    numbers_given = np.array(values, np.float32)
    back = np.array([float(text) for text in spelled(numbers_given)], np.float64).astype(np.float32)
    assert (back == numbers_given).all()


def test_numbers_are_as_short_as_can_be():
    values = np.array([-1.5, -0.8306051, -99, 0, -2, -12.25, 0.3, -0.00012345, -1e-20], np.float32)
    assert spelled(values) == [
        *(b"-1.5", b"-0.8306051", b"-99.0", b"0.0", b"-2.0", b"-12.25", b"0.3", b"-0.00012345"),
        b"-1e-20",
    ]


@pytest.mark.parametrize("weights", [None, np.array([-0.25, 0, -1, -0.5], np.float32)], ids=["highest", "lower"])
def test_lines_are_those_of_a_plain_loop(weights):
    random = np.random.default_rng(0)
    logs = -random.random(4).astype(np.float32)
    words = [random.permutation(len(NAMES))[:4] for _ in range(3)]
    expected = []
    for row, log in enumerate(logs):
        gram = " ".join(NAMES[column[row]] for column in words)
        expected.append("\t".join([str(log), gram, *([] if weights is None else [str(weights[row])])]) + "\n")
    assert ArpaText(NAMES).lines(logs, words, weights).decode() == "".join(expected)


def test_no_ngrams_are_no_lines():
    assert ArpaText(NAMES).lines(np.zeros(0, np.float32), [np.zeros(0, np.int64)], None) == b""

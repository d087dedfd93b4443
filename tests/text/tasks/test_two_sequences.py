"""Task 2a."""

import numpy as np
import pytest

from carrousel.errors import SettingsError
from carrousel.text.tasks import two_sequences


def test_the_two_sequences_are_those_of_the_paper() -> None:
    drawn = two_sequences(np.random.default_rng(0), count=50, p=4)
    assert {tuple(sequence) for sequence in drawn.T.tolist()} == {(3, 0, 1, 2, 3), (4, 0, 1, 2, 4)}


def test_both_are_equally_likely() -> None:
    drawn = two_sequences(np.random.default_rng(0), count=10_000, p=100)
    assert drawn.shape == (101, 10_000)
    assert np.mean(drawn[0] == 100) == pytest.approx(0.5, abs=0.02)


def test_a_lag_below_two_is_refused() -> None:
    with pytest.raises(SettingsError, match="cannot be 1"):
        two_sequences(np.random.default_rng(0), count=1, p=1)

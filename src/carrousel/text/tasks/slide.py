"""The lecture notes' sequences A X…X A and B X…X B: the last symbol is the first one, a long time later."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from jaxtyping import Int32

from carrousel.errors import SettingsError, TextError
from carrousel.text.tasks.asking import next_symbols
from carrousel.text.tasks.checks import check_least, check_one_of
from carrousel.text.tasks.sequences import Sequences

SYMBOLS: Final = "ABX"
LINES: Final = tuple(f"{end}{'X' * n}{end}" for end, n in zip("ABABAB", (10, 10, 10, 9, 9, 9), strict=True))
"""Six sequences with the lags of those that the notes show."""
PROMPT: Final = "AXXXXXXXXX"
"""What the notes ask to be gone on with: A is right."""


def slide_tokens(text: str) -> Int32[np.ndarray, " time"]:
    """A sequence in letters as places in SYMBOLS; TextError names the first letter that is none of them."""
    for place, letter in enumerate(text):
        if letter not in SYMBOLS:
            raise TextError(f"a sequence of A, B and X was wanted, got {letter!r} at place {place}")
    return np.array([SYMBOLS.index(letter) for letter in text], np.int32)


@dataclass(frozen=True, kw_only=True)
class Slide:
    """A or B with probability 1/2, then n times X, then A or B as at the beginning.

    Where n is drawn and the loss is on all steps, a part of it cannot be learned: when the last X has come.
    """

    shortest: int = 9
    """The smallest n; 9 and 10 in the notes."""
    longest: int = 10
    """The largest n; each from the smallest to it is equally likely."""
    loss_on: Literal["last", "all"] = "last"
    """The error signal comes at the last step alone, or at every step."""

    def __post_init__(self) -> None:
        check_least(1, shortest=self.shortest)
        check_one_of(("last", "all"), loss_on=self.loss_on)
        if self.longest < self.shortest:
            raise SettingsError(f"longest must be shortest={self.shortest} or more, got {self.longest}")

    @property
    def inputs(self) -> int:
        """A, B and X."""
        return len(SYMBOLS)

    @property
    def outputs(self) -> int:
        """A, B and X."""
        return len(SYMBOLS)

    def draw(self, generator: np.random.Generator, count: int) -> Sequences:
        """Sequences of n + 1 steps."""
        ends = generator.integers(2, size=count, dtype=np.int32)
        lags = generator.integers(self.shortest, self.longest + 1, size=count, dtype=np.int32)
        tokens = np.full((self.longest + 2, count), SYMBOLS.index("X"), np.int32)
        tokens[0] = tokens[lags + 1, np.arange(count)] = ends
        return next_symbols(tokens, lags + 2, loss_on=self.loss_on)

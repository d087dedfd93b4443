"""Symbols to be kept and repeated: copy memory, and the noiseless memorisation of Martens & Sutskever 2011.

Their 5 bits are `CopyMemory(symbols=2, width=5)` and their 20 bits `CopyMemory(symbols=5, width=10)`; today's usual
form has 8 symbols and a width of 10 (Arjovsky, Shah & Bengio 2016).
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from carrousel.text.tasks.checks import check_least, check_one_of
from carrousel.text.tasks.sequences import Sequences


@dataclass(frozen=True, kw_only=True)
class CopyMemory:
    """Some symbols, blanks, a cue, blanks: from the step behind the cue on, the symbols are due in their order."""

    delay: int = 100
    """Steps from the last symbol to the cue, the cue counted."""
    symbols: int = 8
    """How many different symbols there are."""
    width: int = 10
    """How many are to be kept."""
    loss_on: Literal["all", "copy"] = "all"
    """The error signal comes at every step, blanks before the copy counted, or where the copy is due."""

    def __post_init__(self) -> None:
        check_least(1, delay=self.delay, width=self.width)
        check_least(2, symbols=self.symbols)
        check_one_of(("all", "copy"), loss_on=self.loss_on)

    @property
    def inputs(self) -> int:
        """The symbols, then the blank, then the cue."""
        return self.symbols + 2

    @property
    def outputs(self) -> int:
        """The symbols and the blank."""
        return self.symbols + 1

    @property
    def bits(self) -> float:
        """What has to be kept."""
        return self.width * math.log2(self.symbols)

    @property
    def chance(self) -> float:
        """Nats a step of a net that keeps nothing and knows when the copy is due."""
        steps = self.width if self.loss_on == "copy" else 2 * self.width + self.delay
        return self.width * math.log(self.symbols) / steps

    def draw(self, generator: np.random.Generator, count: int) -> Sequences:
        """Sequences of `delay` + 2 `width` steps."""
        time = self.delay + 2 * self.width
        kept = generator.integers(self.symbols, size=(self.width, count), dtype=np.int32)
        tokens, targets = (np.full((time, count), self.symbols, np.int32) for _ in range(2))
        tokens[: self.width] = targets[-self.width :] = kept
        tokens[self.width + self.delay - 1] = self.symbols + 1
        weights = np.ones((time, count), np.float32)
        if self.loss_on == "copy":
            weights[: -self.width] = 0
        return Sequences(inputs=tokens, targets=targets, weights=weights, lengths=np.full(count, time, np.int32))

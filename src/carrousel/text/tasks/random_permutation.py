"""The first symbol is the last, and all between is chance: random permutation, as in Martens & Sutskever 2011."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from carrousel.text.tasks.asking import next_symbols
from carrousel.text.tasks.checks import check_least, check_one_of
from carrousel.text.tasks.sequences import Sequences


@dataclass(frozen=True, kw_only=True)
class RandomPermutation:
    """Symbol 0 or 1, then others drawn from all the rest, then the first one again; the next is to be predicted."""

    length: int = 100
    """Steps from the first symbol to the last."""
    symbols: int = 100
    """How many symbols there are."""
    loss_on: Literal["last", "all"] = "all"
    """The error signal comes at every step, as in the paper, or at the last step alone."""

    def __post_init__(self) -> None:
        check_least(2, length=self.length)
        check_least(3, symbols=self.symbols)
        check_one_of(("last", "all"), loss_on=self.loss_on)

    @property
    def inputs(self) -> int:
        """The symbols."""
        return self.symbols

    @property
    def outputs(self) -> int:
        """The symbols."""
        return self.symbols

    def draw(self, generator: np.random.Generator, count: int) -> Sequences:
        """Sequences of `length` steps."""
        tokens = generator.integers(2, self.symbols, size=(self.length + 1, count), dtype=np.int32)
        tokens[0] = tokens[-1] = generator.integers(2, size=count)
        return next_symbols(tokens, np.full(count, self.length + 1, np.int32), loss_on=self.loss_on)

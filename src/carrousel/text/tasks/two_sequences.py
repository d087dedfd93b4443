"""Two long sequences that differ at their ends alone: task 2a of Hochreiter & Schmidhuber 1997, and its task 2b.

Of p + 1 symbols there are two sequences, (y, a_1, …, a_(p-1), y) and (x, a_1, …, a_(p-1), x), each with probability
1/2. Each symbol is to be predicted from those before it: the last one from the first, over p steps. In task 2b the
middle is p - 1 symbols drawn at random from a_1, …, a_(p-1).
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from jaxtyping import Int32

from carrousel.errors import SettingsError
from carrousel.text.tasks.asking import next_symbols
from carrousel.text.tasks.checks import check_one_of
from carrousel.text.tasks.sequences import Sequences


def two_sequences(generator: np.random.Generator, *, count: int, p: int) -> Int32[np.ndarray, "time batch"]:
    """`count` sequences of p + 1 symbols, time first: a_i is i - 1, x is p - 1, y is p; SettingsError for p below 2."""
    if p < 2:
        raise SettingsError(f"p counts the steps from the first symbol to the last, at least 2, so it cannot be {p}")
    ends = p - 1 + generator.integers(2, size=count, dtype=np.int32)
    middle = np.broadcast_to(np.arange(p - 1, dtype=np.int32)[:, None], (p - 1, count))
    return np.concatenate([ends[None], middle, ends[None]])


@dataclass(frozen=True, kw_only=True)
class TwoSequences:
    """Tasks 2a and 2b: predict every symbol; the last is the first, p steps before."""

    p: int = 100
    """Steps from the first symbol to the last."""
    middle: Literal["fixed", "random"] = "fixed"
    """What lies between: the same symbols always (2a), or symbols drawn at random (2b)."""
    loss_on: Literal["last", "all"] = "all"
    """The error signal comes at every step, as in the paper, or at the last step alone."""
    tolerance: ClassVar[float] = 0.25
    """An output is right that is off by less."""

    def __post_init__(self) -> None:
        check_one_of(("fixed", "random"), middle=self.middle)
        check_one_of(("last", "all"), loss_on=self.loss_on)
        two_sequences(np.random.default_rng(0), count=0, p=self.p)

    @property
    def inputs(self) -> int:
        """The symbols."""
        return self.p + 1

    @property
    def outputs(self) -> int:
        """The symbols."""
        return self.p + 1

    def draw(self, generator: np.random.Generator, count: int) -> Sequences:
        """Sequences of p steps."""
        tokens = two_sequences(generator, count=count, p=self.p)
        if self.middle == "random":
            tokens[1:-1] = generator.integers(self.p - 1, size=(self.p - 1, count), dtype=np.int32)
        return next_symbols(tokens, np.full(count, self.p + 1, np.int32), loss_on=self.loss_on)

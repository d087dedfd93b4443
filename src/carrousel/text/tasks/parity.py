"""Whether the ones so far are odd in number: no gate may forget, and no bit may be missed."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from carrousel.errors import SettingsError
from carrousel.text.tasks.asking import steps_before
from carrousel.text.tasks.checks import check_least, check_one_of
from carrousel.text.tasks.sequences import Sequences


@dataclass(frozen=True, kw_only=True)
class Parity:
    """Random bits; the parity of all bits so far is due at every step, or that of all of them at the end."""

    shortest: int = 20
    """The fewest bits."""
    longest: int = 20
    """The most; each number from the fewest to it is equally likely."""
    loss_on: Literal["last", "all"] = "all"
    """The error signal comes at every step, or at the last one alone."""

    def __post_init__(self) -> None:
        check_least(1, shortest=self.shortest)
        check_one_of(("last", "all"), loss_on=self.loss_on)
        if self.longest < self.shortest:
            raise SettingsError(f"longest must be shortest={self.shortest} or more, got {self.longest}")

    @property
    def inputs(self) -> int:
        """0 and 1."""
        return 2

    @property
    def outputs(self) -> int:
        """Even and odd."""
        return 2

    def draw(self, generator: np.random.Generator, count: int) -> Sequences:
        """Sequences of bits."""
        lengths = generator.integers(self.shortest, self.longest + 1, size=count, dtype=np.int32)
        inside = steps_before(lengths, time=self.longest)
        bits = generator.integers(2, size=(self.longest, count), dtype=np.int32) * inside
        counted = inside if self.loss_on == "all" else inside & ~steps_before(lengths - 1, time=self.longest)
        targets = np.cumsum(bits, 0, dtype=np.int32) % 2 * inside
        return Sequences(inputs=bits, targets=targets, weights=counted.astype(np.float32), lengths=lengths)

"""Noise and signal on one line: tasks 3a, 3b and 3c of Hochreiter & Schmidhuber 1997 (after Bengio et al. 1994)."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from carrousel.errors import SettingsError
from carrousel.text.tasks.asking import at_the_end
from carrousel.text.tasks.checks import check_least, check_one_of
from carrousel.text.tasks.sequences import Sequences

VARIANCE = 0.2
"""Of the noise on the input line."""
TARGET_VARIANCE = 0.1
"""Of the noise on the targets of task 3c."""


@dataclass(frozen=True, kw_only=True)
class TwoClasses:
    """The first elements are 1 in one class and -1 in the other; noise follows, and the class is asked at the end.

    The length is drawn evenly from `length` to `length` and a tenth.
    """

    length: int = 100
    """The shortest sequence."""
    elements: int = 3
    """How many elements say the class."""
    kind: Literal["3a", "3b", "3c"] = "3a"
    """3a: targets 1 and 0. 3b: noise on the first elements too. 3c: targets 0.2 and 0.8 with noise on them."""
    clean: bool = False
    """Leave out the noise on the targets of 3c, as where a net is judged."""

    def __post_init__(self) -> None:
        check_least(1, length=self.length, elements=self.elements)
        check_one_of(("3a", "3b", "3c"), kind=self.kind)
        if self.elements > self.length:
            raise SettingsError(f"elements must fit into the length of {self.length}, got {self.elements}")

    @property
    def inputs(self) -> int:
        """One line."""
        return 1

    @property
    def outputs(self) -> int:
        """One value."""
        return 1

    @property
    def tolerance(self) -> float:
        """An output is right that is off the clean target by less."""
        return 0.1 if self.kind == "3c" else 0.2

    @property
    def chance(self) -> float:
        """The mean squared error of always answering the mean, against clean targets."""
        return 0.09 if self.kind == "3c" else 0.25

    def draw(self, generator: np.random.Generator, count: int) -> Sequences:
        """Sequences of `length` steps and up to a tenth more."""
        longest = self.length + self.length // 10
        lengths = generator.integers(self.length, longest + 1, size=count, dtype=np.int32)
        second = generator.integers(2, size=count)
        line = generator.normal(scale=VARIANCE**0.5, size=(longest, count)).astype(np.float32)
        signal = (1 - 2 * second).astype(np.float32)
        line[: self.elements] = signal + (line[: self.elements] if self.kind == "3b" else 0)
        targets = np.where(second, 0.8, 0.2) if self.kind == "3c" else 1.0 - second
        if self.kind == "3c" and not self.clean:
            targets = targets + generator.normal(scale=TARGET_VARIANCE**0.5, size=count)
        return at_the_end(line[..., None], targets[:, None].astype(np.float32), lengths)

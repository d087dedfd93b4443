"""The adding problem as it is posed today (Le, Jaitly & Hinton 2015; Campos et al. 2018)."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from carrousel.errors import SettingsError
from carrousel.text.tasks.asking import at_the_end
from carrousel.text.tasks.checks import check_least
from carrousel.text.tasks.sequences import Sequences


@dataclass(frozen=True, kw_only=True)
class Adding:
    """Values between two bounds, two of them marked 1 and the others 0: their sum is wanted at the end.

    With `length=50, low=-0.5, high=0.5, first=0.1, second=0.5` this is the task of Campos et al. 2018.
    """

    length: int = 100
    """Steps of a sequence."""
    low: float = 0.0
    """The smallest value."""
    high: float = 1.0
    """The largest value."""
    first: float = 0.5
    """The first mark stands in this part of the sequence, at its beginning."""
    second: float = 0.5
    """The second mark stands in this part of the sequence, at its end."""

    def __post_init__(self) -> None:
        check_least(2, length=self.length)
        if not self.high > self.low:
            raise SettingsError(f"high must be above low={self.low}, got {self.high}")
        for name, part in (("first", self.first), ("second", self.second)):
            if not 1 <= int(part * self.length) < self.length:
                raise SettingsError(f"{name} is a part of {self.length} steps with one step or more, got {part}")
        if int(self.first * self.length) > self.length - int(self.second * self.length):
            raise SettingsError(f"first and second may not overlap, got {self.first} and {self.second}")

    @property
    def inputs(self) -> int:
        """A value and a mark."""
        return 2

    @property
    def outputs(self) -> int:
        """The sum."""
        return 1

    @property
    def chance(self) -> float:
        """The mean squared error of always answering the mean: 1/6 for values of 0 to 1."""
        return (self.high - self.low) ** 2 / 6

    def draw(self, generator: np.random.Generator, count: int) -> Sequences:
        """Sequences of `length` steps."""
        columns = np.arange(count)
        values = generator.uniform(self.low, self.high, (self.length, count)).astype(np.float32)
        first = generator.integers(int(self.first * self.length), size=count)
        second = generator.integers(self.length - int(self.second * self.length), self.length, size=count)
        marks: Float32[np.ndarray, "time count"] = np.zeros((self.length, count), np.float32)
        marks[first, columns] = marks[second, columns] = 1
        answers = values[first, columns] + values[second, columns]
        lengths = np.full(count, self.length, np.int32)
        return at_the_end(np.stack([values, marks], -1), answers[:, None], lengths)

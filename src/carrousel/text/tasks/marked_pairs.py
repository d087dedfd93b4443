"""Pairs of a value and a mark, of which two are marked: experiments 4 and 5 of Hochreiter & Schmidhuber 1997."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from carrousel.text.tasks.asking import at_the_end
from carrousel.text.tasks.checks import check_least, check_one_of
from carrousel.text.tasks.sequences import Sequences


@dataclass(frozen=True, kw_only=True)
class MarkedPairs:
    """The two marked values are to be added or multiplied at the end.

    A pair is a value and a mark: 1 at two pairs, -1 at the first and at the last pair, 0 elsewhere. The first marked
    pair is one of the first ten, the second one of the first `length`/2 - 1 that is not marked yet. Where it is the
    very first pair, its value counts as 0 in a sum and as 1 in a product. The length is drawn evenly from `length` to
    `length` and a tenth.
    """

    operation: Literal["add", "multiply"] = "add"
    """Experiment 4: values of -1 to 1, target 0.5 + sum/4. Experiment 5: values of 0 to 1, target the product."""
    length: int = 100
    """The shortest sequence."""
    tolerance: ClassVar[float] = 0.04
    """An output is right that is off by less."""

    def __post_init__(self) -> None:
        check_one_of(("add", "multiply"), operation=self.operation)
        check_least(22, length=self.length)

    @property
    def inputs(self) -> int:
        """A value and a mark."""
        return 2

    @property
    def outputs(self) -> int:
        """One value."""
        return 1

    @property
    def chance(self) -> float:
        """The mean squared error of always answering the mean, but for sequences whose first pair is marked."""
        return 2 / 3 / 16 if self.operation == "add" else 7 / 144

    def draw(self, generator: np.random.Generator, count: int) -> Sequences:
        """Sequences of `length` steps and up to a tenth more."""
        adds, columns = self.operation == "add", np.arange(count)
        longest = self.length + self.length // 10
        lengths = generator.integers(self.length, longest + 1, size=count, dtype=np.int32)
        values = generator.random((longest, count), np.float32)
        if adds:
            values = 2 * values - 1
        first = generator.integers(10, size=count)
        second = generator.integers(self.length // 2 - 2, size=count)
        second += second >= first
        marks = np.zeros((longest, count), np.float32)
        marks[first, columns] = marks[second, columns] = 1
        marks[0] = marks[lengths - 1, columns] = -1
        none = np.float32(0 if adds else 1)
        x1, x2 = (np.where(place == 0, none, values[place, columns]) for place in (first, second))
        answers = 0.5 + (x1 + x2) / 4 if adds else x1 * x2
        return at_the_end(np.stack([values, marks], -1), answers[:, None].astype(np.float32), lengths)

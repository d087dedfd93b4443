"""Sum, product or exclusive or of two marked numbers, as Martens & Sutskever's code of 2011 draws them."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from carrousel.text.tasks.asking import at_the_end
from carrousel.text.tasks.checks import check_least, check_one_of
from carrousel.text.tasks.sequences import Sequences


@dataclass(frozen=True, kw_only=True)
class MarkedNumbers:
    """A number and a mark a step: 1 at two steps, -1 at the first step and three before the end, 0 elsewhere.

    Numbers are 0 to 1, or bits where the exclusive or is wanted. Lengths and places are in proportion to `length`.
    """

    operation: Literal["add", "multiply", "xor"] = "add"
    """What is done with the two."""
    length: int = 100
    """The length is 1 to 1.1 times this, drawn evenly; for xor 0.5 to 0.55 times."""
    tolerance: ClassVar[float] = 0.04
    """An output is right that is off by at most this."""

    def __post_init__(self) -> None:
        check_one_of(("add", "multiply", "xor"), operation=self.operation)
        check_least(20, length=self.length)

    @property
    def inputs(self) -> int:
        """A number and a mark."""
        return 2

    @property
    def outputs(self) -> int:
        """One value."""
        return 1

    @property
    def chance(self) -> float:
        """The mean squared error of always answering the mean."""
        return {"add": 1 / 6, "multiply": 7 / 144, "xor": 1 / 4}[self.operation]

    def draw(self, generator: np.random.Generator, count: int) -> Sequences:
        """Sequences with their answer at the last step."""
        xor, columns = self.operation == "xor", np.arange(count)
        shortest, past = ((50, 56) if xor else (100, 110))[0] * self.length // 100, (56 if xor else 110)
        longest = max(past * self.length // 100 - 1, shortest)
        lengths = generator.integers(shortest, longest + 1, size=count, dtype=np.int32)
        numbers = generator.random((longest, count), np.float32)
        if xor:
            numbers = (numbers < 0.5).astype(np.float32)
        places: list[np.ndarray] = []
        for first, behind in ((1, 10), (15, 25) if xor else (10, 50)):
            least = max(first * self.length // 100, 1 if not places else 2)
            places.append(generator.integers(least, max(behind * self.length // 100, least + 1), size=count))
        marks = np.zeros((longest, count), np.float32)
        marks[0] = marks[lengths - 3, columns] = -1
        marks[places, columns] = 1
        x1, x2 = (numbers[place, columns] for place in places)
        answers = {"add": x1 + x2, "multiply": x1 * x2, "xor": np.abs(x1 - x2)}[self.operation]
        return at_the_end(np.stack([numbers, marks], -1), answers[:, None].astype(np.float32), lengths)

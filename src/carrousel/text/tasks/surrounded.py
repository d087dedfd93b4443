"""A tagging task in which the future counts: which symbols stand before and after a step?"""

from dataclasses import dataclass

import numpy as np

from carrousel.text.tasks.checks import check_least
from carrousel.text.tasks.sequences import Sequences


@dataclass(frozen=True, kw_only=True)
class Surrounded:
    """Random symbols 0 and 1; each step's tag says which ones stand `reach` steps before and after it, as 2 a + b.

    Of its two bits, whoever has read the past alone knows one, unless the answer may come `delay` steps late.
    """

    length: int = 20
    """Steps of a sequence."""
    reach: int = 2
    """How far the two symbols are away."""
    delay: int = 0
    """The tag of a step is wanted so many steps later; from `reach` on the past tells it."""

    def __post_init__(self) -> None:
        check_least(1, reach=self.reach)
        check_least(0, delay=self.delay)
        check_least(2 * self.reach + self.delay + 1, length=self.length)

    @property
    def inputs(self) -> int:
        """The symbols."""
        return 2

    @property
    def outputs(self) -> int:
        """The tags."""
        return 4

    def draw(self, generator: np.random.Generator, count: int) -> Sequences:
        """Sequences of `length` steps; steps without a symbol on both sides have no tag."""
        symbols = generator.integers(2, size=(self.length, count), dtype=np.int32)
        tags = 2 * symbols[: -2 * self.reach] + symbols[2 * self.reach :]
        targets = np.zeros((self.length, count), np.int32)
        weights = np.zeros((self.length, count), np.float32)
        first = self.reach + self.delay
        room = min(len(tags), self.length - first)
        targets[first : first + room], weights[first : first + room] = tags[:room], 1
        return Sequences(
            inputs=symbols, targets=targets, weights=weights, lengths=np.full(count, self.length, np.int32)
        )

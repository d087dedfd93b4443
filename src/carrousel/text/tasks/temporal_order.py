"""In which order symbols came: experiment 6 of Hochreiter & Schmidhuber 1997, and the forms of later papers."""

from dataclasses import dataclass
from typing import ClassVar, Final, Literal

import numpy as np

from carrousel.text.tasks.asking import at_the_end
from carrousel.text.tasks.checks import check_least, check_one_of
from carrousel.text.tasks.sequences import Sequences

SYMBOLS: Final = "abcdXYEB"
PLACES: Final = {
    (2, "1997"): ((10, 20), (50, 60)),
    (3, "1997"): ((10, 20), (33, 43), (66, 76)),
    (2, "2011"): ((1, 9), (40, 49)),
    (3, "2011"): ((1, 9), (30, 39), (50, 59)),
}
"""The first and the last place that each of the symbols may have in a sequence of 100 steps or a tenth more."""


@dataclass(frozen=True, kw_only=True)
class TemporalOrder:
    """X or Y stands at a few places among a, b, c and d; the answer is which stood where, X before Y, as a number.

    In the paper of 1997 a sequence begins with E and ends with B, where the answer is due. Martens & Sutskever's code
    of 2011 places the symbols otherwise and has no E and no B. Lengths and places are in proportion to `length`; the
    length is drawn evenly from `length` to a tenth more.
    """

    length: int = 100
    """The shortest sequence."""
    order: Literal[2, 3] = 2
    """How many symbols matter: experiment 6a has 2, 6b has 3."""
    form: Literal["1997", "2011"] = "1997"
    """Of which paper."""
    tolerance: ClassVar[float] = 0.3
    """An output is right that is off by less."""

    def __post_init__(self) -> None:
        check_least(20, length=self.length)
        check_one_of((2, 3), order=self.order)
        check_one_of(("1997", "2011"), form=self.form)

    @property
    def inputs(self) -> int:
        """The symbols."""
        return len(SYMBOLS)

    @property
    def outputs(self) -> int:
        """The orders."""
        return int(2**self.order)

    @property
    def longest(self) -> int:
        """Steps of the longest sequence."""
        return self.length + self.length // 10 - (self.form == "2011")

    def draw(self, generator: np.random.Generator, count: int) -> Sequences:
        """Sequences of `length` steps and up to a tenth more."""
        columns = np.arange(count)
        lengths = generator.integers(self.length, self.longest + 1, size=count, dtype=np.int32)
        tokens = generator.integers(4, size=(self.longest, count), dtype=np.int32)
        answers = np.zeros(count, np.int32)
        for first, last in PLACES[self.order, self.form]:
            places = generator.integers(first * self.length // 100, last * self.length // 100 + 1, size=count)
            which = generator.integers(2, size=count, dtype=np.int32)
            tokens[places, columns] = SYMBOLS.index("X") + which
            answers = 2 * answers + which
        if self.form == "1997":
            tokens[0] = SYMBOLS.index("E")
            tokens[lengths - 1, columns] = SYMBOLS.index("B")
        return at_the_end(tokens, answers, lengths)

"""Very long lags with many distractors and no local regularities: task 2c of Hochreiter & Schmidhuber 1997."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from carrousel.text.tasks.asking import at_the_end
from carrousel.text.tasks.checks import check_least
from carrousel.text.tasks.sequences import Sequences


@dataclass(frozen=True, kw_only=True)
class LongDistractors:
    """b, then x or y, then q distractors and some more, then e: at e the answer is x or y.

    After the first q distractors another one follows with probability 9/10, and e with 1/10: 9 more on average, which
    is how the paper's mean length is to be read.
    """

    p: int = 50
    """How many different distractors there are."""
    q: int = 50
    """Distractors that always come."""
    more: int = 100
    """The most that come after them. A sequence with more is not drawn: 1 in 37,600 at 100."""
    tolerance: ClassVar[float] = 0.2
    """An output is right that is off by less."""

    def __post_init__(self) -> None:
        check_least(1, p=self.p, q=self.q)
        check_least(0, more=self.more)

    @property
    def inputs(self) -> int:
        """The distractors a_1 to a_p, and then e, b, x, y."""
        return self.p + 4

    @property
    def outputs(self) -> int:
        """One for x and one for y."""
        return 2

    def draw(self, generator: np.random.Generator, count: int) -> Sequences:
        """Sequences of q + 3 to q + 3 + more steps."""
        e, b, x = self.p, self.p + 1, self.p + 2
        share = 0.9 ** np.arange(self.more + 1)
        lags = self.q + generator.choice(self.more + 1, size=count, p=share / share.sum())
        answers = generator.integers(2, size=count, dtype=np.int32)
        tokens = generator.integers(self.p, size=(self.q + self.more + 3, count), dtype=np.int32)
        tokens[0], tokens[1] = b, x + answers
        tokens[lags + 2, np.arange(count)] = e
        return at_the_end(tokens, answers, (lags + 3).astype(np.int32))

"""Windows of random lengths: where each begins and ends is known from its number alone."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Int

from carrousel.training.settings import TrainingSettings

WHOLE: Final = 0.95
"""Share of the windows whose length is about `unroll`; the others are about half as long."""
SPREAD: Final = 5.0
"""Standard deviation of a length."""
SHORTEST: Final = 5
BEYOND: Final = 10
"""Steps that a window may have beyond `unroll`: two standard deviations, since every window costs what the longest
does. A length that is drawn beyond is set to it, one in 44."""


@dataclass(frozen=True, eq=False)
class Cuts:
    """The lengths of an epoch's windows, in another order in each epoch.

    The lengths are drawn once, as Merity, Keskar & Socher 2018 draw them, so that together they are the whole text, and
    each epoch has them in an order of its own: window borders move, and an epoch always has the same number of updates.
    """

    lengths: Int[np.ndarray, " windows"]
    """As they were drawn."""
    longest: int
    """The size of the arrays that windows lie in."""
    seed: int
    """What the orders are drawn from."""

    @property
    def count(self) -> int:
        """Windows in an epoch."""
        return len(self.lengths)

    @property
    def steps(self) -> int:
        """Columns that an epoch predicts."""
        return int(self.lengths.sum())

    def windows(self, first: int, count: int) -> tuple[Int[np.ndarray, " count"], Int[np.ndarray, " count"]]:
        """Where the windows of `count` updates from update `first` of the run on begin, and their lengths.

        They are of one epoch.
        """
        epoch, place = divmod(first, self.count)
        lengths = np.random.default_rng([self.seed, epoch]).permutation(self.lengths)
        starts = np.cumsum(lengths) - lengths
        return starts[place : place + count], lengths[place : place + count]


def random_cuts(steps: int, settings: TrainingSettings) -> Cuts:
    """Cuts of `steps` columns into windows of about `unroll`: normal with a deviation of 5, at least 5 long.

    Args:
        steps: columns that are predicted in an epoch.
        settings: `unroll` and `seed`.
    """
    unroll, longest = settings.unroll, settings.unroll + BEYOND
    random = np.random.default_rng(settings.seed)
    enough = steps // min(SHORTEST, unroll) + 1
    means = np.where(random.random(enough) < WHOLE, unroll, unroll / 2)
    drawn = np.clip(random.normal(means, SPREAD).astype(np.int64), min(SHORTEST, unroll), longest)
    count = int(np.searchsorted(np.cumsum(drawn), steps)) + 1
    lengths = drawn[:count].copy()
    lengths[-1] -= lengths.sum() - steps
    return Cuts(lengths, longest, settings.seed)

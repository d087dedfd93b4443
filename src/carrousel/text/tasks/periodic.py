"""Periodic functions out of nothing: PFG of Gers, Schraudolph & Schmidhuber 2002."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from carrousel.text.tasks.checks import check_least, check_one_of
from carrousel.text.tasks.sequences import Sequences


@dataclass(frozen=True, kw_only=True)
class PeriodicFunction:
    """The input is always zero; the output is to follow a function of the step that repeats after `period` steps."""

    period: int = 10
    """F: 10 and 25 in the paper."""
    shape: Literal["cosine", "triangle", "rectangle"] = "cosine"
    """(1 - cos 2πt/F)/2, a rise and a fall from 0 to 1, or half a period of 0 and half of 1."""
    periods: int = 10
    """How many of them."""
    tolerance: ClassVar[float] = 0.3
    """An output is right that is off by less."""

    def __post_init__(self) -> None:
        check_least(2, period=self.period)
        check_least(1, periods=self.periods)
        check_one_of(("cosine", "triangle", "rectangle"), shape=self.shape)

    @property
    def inputs(self) -> int:
        """One line, always zero."""
        return 1

    @property
    def outputs(self) -> int:
        """One value."""
        return 1

    def draw(self, generator: np.random.Generator, count: int) -> Sequences:  # noqa: ARG002 - nothing is left to chance
        """The one sequence there is, `count` times."""
        time = self.period * self.periods
        phase = np.arange(time) % self.period / self.period
        shapes = {
            "cosine": (1 - np.cos(2 * np.pi * phase)) / 2,
            "triangle": 1 - np.abs(2 * phase - 1),
            "rectangle": phase >= 0.5,
        }
        values = np.broadcast_to(shapes[self.shape].astype(np.float32)[:, None, None], (time, count, 1))
        return Sequences(
            inputs=np.zeros((time, count, 1), np.float32),
            targets=values.copy(),
            weights=np.ones((time, count), np.float32),
            lengths=np.full(count, time, np.int32),
        )

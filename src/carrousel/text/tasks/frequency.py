"""Is the period of a sine between 5 and 6? Sampled evenly or at random times, and the step's time is told.

Neil, Pfeiffer & Liu 2016 as their code draws it, and the form of Campos et al. 2018.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from jaxtyping import Float

from carrousel.text.tasks.asking import at_the_end, steps_before
from carrousel.text.tasks.checks import check_least, check_one_of
from carrousel.text.tasks.sequences import Sequences

WANTED = (5.0, 6.0)


@dataclass(frozen=True, kw_only=True)
class SampledSines:
    """Sines of a period drawn evenly over the logarithms of 1 to 100, every second one between 5 and 6 instead.

    15 to 125 time units of each are seen, within the first 125: at 15 to 125 random times, or every `step` units.
    """

    sampling: Literal["random", "regular"] = "random"
    """At random times, or evenly."""
    step: float = 1.0
    """Time from sample to sample where it is even: 1 is the paper's ordinary rate, 0.1 its high one."""
    with_time: bool = True
    """The time is a second feature too, which a cell without a clock needs."""

    def __post_init__(self) -> None:
        check_one_of(("random", "regular"), sampling=self.sampling)
        check_least(0.01, step=self.step)

    @property
    def inputs(self) -> int:
        """The sine, and the time where it is told."""
        return 2 if self.with_time else 1

    @property
    def outputs(self) -> int:
        """0 for another period, 1 for one of 5 to 6."""
        return 2

    def draw(self, generator: np.random.Generator, count: int) -> Sequences:
        """Sequences with the answer at their last sample."""
        duration = generator.uniform(15, 125, count)
        start = generator.uniform(0, 125 - duration)
        periods = np.exp(generator.uniform(0, np.log(100), count))
        periods[::2] = generator.uniform(*WANTED, len(periods[::2]))
        phase = generator.uniform(0, duration)
        times: Float[np.ndarray, "time count"]
        if self.sampling == "regular":
            lengths = np.ceil(duration / self.step).astype(np.int32)
            times = start + np.arange(int(np.ceil(125 / self.step)))[:, None] * self.step
        else:
            lengths = generator.integers(15, 125, size=count, dtype=np.int32)
            shares = np.where(steps_before(lengths, time=125), generator.random((125, count)), 2.0)
            times = start + duration * np.sort(shares, 0)
        times = np.where(steps_before(lengths, time=len(times)), times, 0).astype(np.float32)
        features = [np.sin(2 * np.pi / periods * times - phase)] + [times] * self.with_time
        answers = ((periods >= WANTED[0]) & (periods <= WANTED[1])).astype(np.int32)
        drawn = at_the_end(np.stack(features, -1).astype(np.float32), answers, lengths)
        return replace(drawn, times=times)


@dataclass(frozen=True, kw_only=True)
class Sines:
    """100 ms of a sine of period 5 to 6 ms, or of another one of 1 to 100 ms, half and half."""

    step: float = 1.0
    """Milliseconds from sample to sample: 1 or 0.5 in the paper."""

    def __post_init__(self) -> None:
        check_least(0.01, step=self.step)

    @property
    def inputs(self) -> int:
        """The sine."""
        return 1

    @property
    def outputs(self) -> int:
        """0 for another period, 1 for one of 5 to 6."""
        return 2

    def draw(self, generator: np.random.Generator, count: int) -> Sequences:
        """Sequences with the answer at their last sample."""
        time = int(100 / self.step)
        answers = generator.integers(2, size=count, dtype=np.int32)
        other = generator.uniform(1, 99, count)
        other += other > WANTED[0]
        periods = np.where(answers, generator.uniform(*WANTED, count), other)
        angle = 2 * np.pi * np.arange(time)[:, None] * self.step / periods
        waves = np.cos(angle + generator.uniform(0, periods))
        return at_the_end(waves[..., None].astype(np.float32), answers, np.full(count, time, np.int32))

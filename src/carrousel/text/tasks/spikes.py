"""Times between spikes, measured or made: tasks of Gers, Schraudolph & Schmidhuber 2002."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from carrousel.text.tasks.asking import steps_before
from carrousel.text.tasks.checks import check_least, check_one_of
from carrousel.text.tasks.sequences import Sequences


@dataclass(frozen=True, kw_only=True)
class Spikes:
    """Spikes follow each other after `interval` steps and a random number of further ones.

    Measuring, the input is 1 at a spike and the further steps since the spike before, divided by the largest such
    number, are due there (MSD in the paper; NMSD where that number is 1). Making, the input tells the further steps at
    each spike and the output has to spike itself (GTS). The first spike stands at the first step.
    """

    interval: int = 10
    """F: the least number of steps from spike to spike."""
    further: tuple[int, ...] = (0, 1)
    """I: what may be added to it, each as likely."""
    spikes: int = 10
    """Intervals in a stream."""
    form: Literal["measure", "make"] = "measure"
    """Read the spikes and say the time, or read the time and make the spikes."""
    tolerance: ClassVar[float] = 0.49
    """An output is right that is off by less."""

    def __post_init__(self) -> None:
        check_least(1, interval=self.interval, spikes=self.spikes, choices_of_further=len(self.further))
        check_least(0, further=min(self.further))
        check_one_of(("measure", "make"), form=self.form)

    @property
    def inputs(self) -> int:
        """One line."""
        return 1

    @property
    def outputs(self) -> int:
        """One line."""
        return 1

    def draw(self, generator: np.random.Generator, count: int) -> Sequences:
        """Streams of `spikes` intervals."""
        most = max(self.further)
        further = generator.choice(np.array(self.further, np.int32), size=(self.spikes, count))
        ends = np.cumsum(self.interval + further, 0, dtype=np.int32)
        at = np.concatenate([np.zeros((1, count), np.int32), ends])
        time, columns = self.spikes * (self.interval + most) + 1, np.arange(count)
        spikes, told, due = (np.zeros((time, count, 1), np.float32) for _ in range(3))
        spikes[at, columns] = 1
        share = (further / max(most, 1)).astype(np.float32)[..., None]
        told[at[:-1], columns] = due[at[1:], columns] = share
        lengths = ends[-1] + 1
        weights = np.zeros((time, count), np.float32)
        if self.form == "measure":
            weights[at[1:], columns] = 1
            return Sequences(inputs=spikes, targets=due, weights=weights, lengths=lengths)
        weights[:] = steps_before(lengths, time=time)
        weights[0] = 0
        spikes[0] = 0
        return Sequences(inputs=told, targets=spikes, weights=weights, lengths=lengths)

"""Temporal order without an end: many sequences in one stream (Gers, Schmidhuber & Cummins 2000)."""

from dataclasses import dataclass, field

import numpy as np

from carrousel.text.tasks.asking import steps_before
from carrousel.text.tasks.checks import check_least
from carrousel.text.tasks.sequences import Sequences
from carrousel.text.tasks.temporal_order import TemporalOrder


@dataclass(frozen=True, kw_only=True)
class ContinualOrder:
    """Sequences of temporal order end to end: each is answered at its B, and nothing is reset between them."""

    sequences: int = 100
    """How many in a stream."""
    order: TemporalOrder = field(default_factory=lambda: TemporalOrder(order=3))
    """What a sequence is."""

    def __post_init__(self) -> None:
        check_least(1, sequences=self.sequences)

    @property
    def inputs(self) -> int:
        """The symbols."""
        return self.order.inputs

    @property
    def outputs(self) -> int:
        """The orders."""
        return self.order.outputs

    def draw(self, generator: np.random.Generator, count: int) -> Sequences:
        """Streams; one that ends before the longest possible is followed by zeros."""
        parts = self.order.draw(generator, count * self.sequences)
        lengths = parts.lengths.reshape(self.sequences, count)
        starts = np.cumsum(lengths, 0, dtype=np.int32) - lengths
        inside = steps_before(parts.lengths, time=self.order.longest)
        step, part = np.nonzero(inside)
        row = starts.reshape(-1)[part] + step
        time = self.order.longest * self.sequences
        whole = [np.zeros((time, count), array.dtype) for array in (parts.inputs, parts.targets, parts.weights)]
        for stream, array in zip(whole, (parts.inputs, parts.targets, parts.weights), strict=True):
            stream[row, part % count] = array[step, part]
        return Sequences(inputs=whole[0], targets=whole[1], weights=whole[2], lengths=lengths.sum(0, dtype=np.int32))

"""Sequences of a synthetic task, drawn as a run goes on: the same update always gets the same sequences."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np

from carrousel.text.tasks import Sequences, Task
from carrousel.training.feeds import Batches

BLOCK: Final = 4096
"""Sequences drawn at once, at most: many small draws cost more than a few large ones."""
CALL_STEPS: Final = 1 << 18
"""Steps that one compiled call takes at most, over all its sequences."""
TRAINING, TEST, FRESH = 0, 1, 2
"""What sequences are drawn for: each has random numbers of its own."""


def batches_of(sequences: Sequences, *, batch: int) -> Batches:
    """Sequences as batches of one size, (updates, time, batch, …); what is left over is not used."""
    count = sequences.lengths.size // batch

    def cut(array: np.ndarray) -> np.ndarray:
        columns = array[:, : count * batch]
        return np.moveaxis(columns.reshape(len(array), count, batch, *array.shape[2:]), 1, 0)

    arrays = {name: getattr(sequences, name) for name in ("inputs", "targets", "weights", "times", "resets")}
    made = {name: cut(array) for name, array in arrays.items() if array is not None}
    return {**made, "lengths": sequences.lengths[: count * batch].reshape(count, batch)}


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Batches of sequences that are drawn afresh for every update."""

    task: Task
    batch: int
    """Sequences of an update."""
    seed: int
    per_epoch: int
    """Updates between two checks."""
    block: int = BLOCK
    """Sequences drawn at once, at most."""
    _last: dict[int, Batches] = field(default_factory=dict)

    @cached_property
    def capacity(self) -> int:
        """Updates in one call: whole blocks of what is drawn at once."""
        steps = self._block(0)["weights"].shape[1] * self.batch
        return int(max(1, min(self._updates, CALL_STEPS // steps)))

    def take(self, first: int, count: int) -> Batches:
        """The batches of some updates: `inputs`, `targets`, `weights`, `lengths`, and `times` and `resets` if any."""
        places = np.arange(first, first + count)
        parts: dict[str, list[np.ndarray]] = {}
        for block in range(first // self._updates, (first + count - 1) // self._updates + 1):
            inside = places[places // self._updates == block] - block * self._updates
            for name, array in self._block(block).items():
                parts.setdefault(name, []).append(array[inside])
        return {name: _padded(np.concatenate(arrays), self.capacity) for name, arrays in parts.items()}

    def release(self) -> None:
        """Nothing: the next updates are often of the block that is at hand, and drawing it again costs more."""

    @property
    def _updates(self) -> int:
        """Updates in one block."""
        return max(1, min(512, self.block // self.batch))

    def _block(self, block: int) -> Batches:
        if block not in self._last:
            generator = np.random.default_rng([self.seed, TRAINING, block])
            drawn = self.task.draw(generator, self._updates * self.batch)
            self._last.clear()
            self._last[block] = batches_of(drawn, batch=self.batch)
        return self._last[block]


@dataclass(frozen=True, kw_only=True)
class Same:
    """The same few sequences at every update."""

    sequences: Sequences
    per_epoch: int
    """Updates between two checks."""

    @property
    def capacity(self) -> int:
        """Updates in one call."""
        return int(max(1, min(512, CALL_STEPS // self.sequences.weights.size)))

    def take(self, first: int, count: int) -> Batches:
        """All sequences, again and again."""
        del first, count
        whole = batches_of(self.sequences, batch=self.sequences.lengths.size)
        return {name: np.repeat(array, self.capacity, axis=0) for name, array in whole.items()}

    def release(self) -> None:
        """Nothing is kept."""


def _padded(array: np.ndarray, capacity: int) -> np.ndarray:
    """Repeated at its end, where nothing is read, to the length of a call."""
    return array if len(array) == capacity else np.resize(array, (capacity, *array.shape[1:]))

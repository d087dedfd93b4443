"""What hands a network its batches, update by update, from a position that needs no replay."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Int, UInt

from carrousel.text import Tokens, window, window_count
from carrousel.training.cuts import Cuts

Batches = dict[str, np.ndarray]


@runtime_checkable
class Feed(Protocol):
    """A source of batches: the same update always gets the same batch, whenever and however often it is asked for."""

    @property
    def per_epoch(self) -> int:
        """Updates in an epoch."""
        ...

    @property
    def capacity(self) -> int:
        """Updates that one compiled call takes at most: the leading axis of every array that `take` returns."""
        ...

    def take(self, first: int, count: int) -> Batches:
        """The batches of `count` updates from update `first` of the run on; what is beyond `count` is not read."""
        ...

    def release(self) -> None:
        """Give back the memory of what was read; called from time to time."""
        ...


@dataclass(frozen=True, kw_only=True)
class Windows:
    """Windows over streams of tokens for truncated back-propagation through time.

    Window k of an epoch is columns k * unroll to (k + 1) * unroll, its targets are one column further. The columns past
    the last whole window are not read. With cuts, windows are as long as these say. The streams may be memory-mapped:
    only the columns that are asked for are read.
    """

    streams: UInt[np.ndarray, "batch length"]
    """A text as `batch` contiguous pieces, from `carrousel.text.streams`."""
    unroll: int
    """Tokens of each stream in one window."""
    capacity: int
    """Windows in one call."""
    tokens: Tokens | None = None
    """What the streams are a view of, where pages of a file are to be given back."""
    vocabulary: int | None = None
    """Number of rows of the embedding, where windows are to name the rows that they read; see `Rule.table`."""
    cuts: Cuts | None = None
    """Where windows of several lengths begin and end."""

    @property
    def per_epoch(self) -> int:
        """Whole windows in the text, or as many as the cuts make."""
        return window_count(self.streams, self.unroll) if self.cuts is None else self.cuts.count

    def take(self, first: int, count: int) -> Batches:
        """`inputs` and `targets` (capacity, unroll, batch); with a vocabulary also `rows` (capacity, unroll * batch).

        The inputs then count among the rows, which ascend; rows past those in use lie past the vocabulary. With cuts,
        windows have the size of the longest, zeros at their ends, and `length` (capacity,) says how long they are.
        """
        batches = self._fixed(first, count) if self.cuts is None else self._cut(self.cuts, first, count)
        inputs = batches["inputs"]
        if self.vocabulary is not None:
            batches["rows"] = rows = np.zeros((self.capacity, inputs[0].size), np.int32)
            for k in range(count):
                used, places = np.unique(inputs[k], return_inverse=True)
                rows[k, : used.size] = used
                rows[k, used.size :] = self.vocabulary + np.arange(rows.shape[1] - used.size)
                inputs[k] = places.reshape(inputs[k].shape)
        return batches

    def release(self) -> None:
        """Hand the pages that were read back to the system."""
        if self.tokens is not None:
            self.tokens.release()

    def _fixed(self, first: int, count: int) -> Batches:
        columns = window(self.streams, first % self.per_epoch, self.unroll, count=count)
        inputs, targets = (self._padded(time_batch, count) for time_batch in columns)
        return {"inputs": inputs, "targets": targets}

    def _cut(self, cuts: Cuts, first: int, count: int) -> Batches:
        inputs, targets = np.zeros((2, self.capacity, cuts.longest, len(self.streams)), np.int32)
        length = np.ones(self.capacity, np.int32)
        starts, length[:count] = cuts.windows(first, count)
        for k, (start, steps) in enumerate(zip(starts, length[:count], strict=True)):
            columns = self.streams[:, start : start + steps + 1].T
            inputs[k, :steps], targets[k, :steps] = columns[:-1], columns[1:]
        return {"inputs": inputs, "targets": targets, "length": length}

    def _padded(self, columns: Int[np.ndarray, "time batch"], count: int) -> Int[np.ndarray, "capacity unroll batch"]:
        """The first `count` windows; the rest is zero."""
        windows = np.zeros((self.capacity, self.unroll, columns.shape[1]), np.int32)
        windows[:count] = columns.reshape(count, self.unroll, columns.shape[1])
        return windows

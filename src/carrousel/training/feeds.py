"""What hands a network its batches, update by update, from a position that needs no replay."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Int, UInt

from carrousel.text import Tokens, window, window_count

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
    the last whole window are not read. The streams may be memory-mapped: only the columns that are asked for are read.
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

    @property
    def per_epoch(self) -> int:
        """Whole windows in the text."""
        return window_count(self.streams, self.unroll)

    def take(self, first: int, count: int) -> Batches:
        """`inputs` and `targets` (capacity, unroll, batch); with a vocabulary also `rows` (capacity, unroll * batch).

        The inputs then count among the rows, which ascend; rows past those in use lie past the vocabulary.
        """
        batch = self.streams.shape[0]
        columns = window(self.streams, first % self.per_epoch, self.unroll, count=count)
        inputs, targets = (self._padded(time_batch, count) for time_batch in columns)
        batches = {"inputs": inputs, "targets": targets}
        if self.vocabulary is not None:
            batches["rows"] = rows = np.zeros((self.capacity, self.unroll * batch), np.int32)
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

    def _padded(self, columns: Int[np.ndarray, "time batch"], count: int) -> Int[np.ndarray, "capacity unroll batch"]:
        """The first `count` windows; the rest is zero."""
        windows = np.zeros((self.capacity, self.unroll, columns.shape[1]), np.int32)
        windows[:count] = columns.reshape(count, self.unroll, columns.shape[1])
        return windows

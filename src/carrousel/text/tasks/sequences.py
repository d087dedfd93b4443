"""What a synthetic task gives: sequences, what is wanted of them, and where an error counts."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float32, Int32


@dataclass(frozen=True, kw_only=True)
class Sequences:
    """Sequences of a task, time first; the time axis is as long as the task's longest sequence.

    What lies past a sequence's length is zero, and its weight too.
    """

    inputs: Int32[np.ndarray, "time count"] | Float32[np.ndarray, "time count features"]
    """Symbols by number, or features."""
    targets: Int32[np.ndarray, "time count"] | Float32[np.ndarray, "time count outputs"]
    """Classes by number, or what each output is to be."""
    weights: Float32[np.ndarray, "time count"]
    """The weight of each step in the loss; 0 where no error is told."""
    lengths: Int32[np.ndarray, " count"]
    """Steps of each sequence."""
    times: Float32[np.ndarray, "time count"] | None = None
    """When each step happens, for cells that read the time."""
    resets: Bool[np.ndarray, "time count"] | None = None
    """True where a sequence goes on as another one: the state starts afresh before that step."""


@runtime_checkable
class Task(Protocol):
    """A synthetic task: a frozen dataclass of its settings."""

    @property
    def inputs(self) -> int:
        """Features of a step, or number of symbols."""
        ...

    @property
    def outputs(self) -> int:
        """Numbers wanted at a step, or classes."""
        ...

    def draw(self, generator: np.random.Generator, count: int) -> Sequences:
        """`count` sequences, drawn afresh."""
        ...

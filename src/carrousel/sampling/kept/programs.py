"""Kept programs as the loop of words asks for them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from carrousel.sampling.kept.processor import Run, value
from carrousel.sampling.loop import State
from carrousel.sampling.settings import Choice, Weights


@dataclass(frozen=True, kw_only=True)
class KeptPrograms:
    """Programs that another process compiled, with the arrays of a model."""

    vocabulary: int
    samples: int
    weights: Weights
    arrays: Sequence[Any]
    """Of the model."""
    step: Sequence[Any]
    """Of its step."""
    begin: State
    draw: Run
    after: Callable[[], Run]
    """Loaded where there is a prompt to read."""

    def start(self) -> State:
        """The state before the first word, of one stream."""
        return self._several(self.begin)

    def read(self, words: np.ndarray, lengths: np.ndarray, state: State) -> State:
        """The state after words, of which some count."""
        return self._several(self.after()([*self.arrays, words, lengths, *state]))

    def chunk(
        self, last: Any, state: State, uniform: np.ndarray, count: np.ndarray, choice: Choice, *, filters: bool
    ) -> tuple[np.ndarray, Any, State]:
        """Some words of each stream, the last of them, and the state."""
        del filters  # the program was chosen for them
        out, last, *state = self.draw([*self.step, last, *state, uniform, count, *choice])
        return value(out), last, state

    def _several(self, state: State) -> State:
        """A state that can be repeated."""
        return state if self.samples == 1 else [value(array) for array in state]

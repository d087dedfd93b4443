"""Which bracket closes next: Dyck words of several kinds of brackets, no deeper than a bound."""

from dataclasses import dataclass

import numpy as np

from carrousel.errors import SettingsError
from carrousel.text.tasks.checks import check_least
from carrousel.text.tasks.sequences import Sequences


@dataclass(frozen=True, kw_only=True)
class Brackets:
    """Balanced brackets; at every step it is due which kind would close now, or that none is open.

    Where a word may go both up and down, it does either with probability 1/2; of the kinds that may open each is
    equally likely.
    """

    length: int = 40
    """Brackets in a word, an even number."""
    kinds: int = 2
    """How many kinds there are: kind k opens as symbol k and closes as symbol `kinds` + k."""
    deepest: int = 5
    """The most brackets that are open at once."""

    def __post_init__(self) -> None:
        check_least(2, length=self.length)
        check_least(1, kinds=self.kinds, deepest=self.deepest)
        if self.length % 2:
            raise SettingsError(f"length counts brackets that open and close, so it must be even, got {self.length}")

    @property
    def inputs(self) -> int:
        """Opening and closing brackets."""
        return 2 * self.kinds

    @property
    def outputs(self) -> int:
        """The kinds, then that none is open."""
        return self.kinds + 1

    def draw(self, generator: np.random.Generator, count: int) -> Sequences:
        """Words of `length` steps."""
        columns = np.arange(count)
        ups = generator.integers(2, size=(self.length, count), dtype=np.int32)
        kinds = generator.integers(self.kinds, size=(self.length, count), dtype=np.int32)
        stack = np.full((self.deepest + 1, count), self.kinds, np.int32)
        depth = np.zeros(count, np.int32)
        tokens, targets = np.zeros((self.length, count), np.int32), np.zeros((self.length, count), np.int32)
        for step in range(self.length):
            must_close = (depth == self.deepest) | (depth >= self.length - step)
            opens = (depth == 0) | (ups[step].astype(bool) & ~must_close)
            tokens[step] = np.where(opens, kinds[step], self.kinds + stack[depth, columns])
            depth = depth + np.where(opens, 1, -1).astype(np.int32)
            stack[depth[opens], columns[opens]] = kinds[step][opens]
            targets[step] = stack[depth, columns]
        return Sequences(
            inputs=tokens,
            targets=targets,
            weights=np.ones((self.length, count), np.float32),
            lengths=np.full(count, self.length, np.int32),
        )

"""What a run tells while it runs, and the clock that it is handed: nothing below the command line reads a clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from carrousel.training.metrics import Figure


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where a run stands."""

    update: int
    """Updates made."""
    updates: int
    """Updates that the whole run makes."""
    per_epoch: int
    """Updates in an epoch."""
    loss: float
    """Mean loss of a token of late, in nats."""
    tokens: float
    """Tokens read since the last report."""


@runtime_checkable
class Observer(Protocol):
    """Whoever watches a run: the terminal, a log, nobody."""

    def now(self) -> float:
        """Seconds on a clock that never goes back."""
        ...

    def progress(self, progress: Progress) -> None:
        """A chunk of updates was made."""
        ...

    def epoch(self, line: Mapping[str, Figure | str]) -> None:
        """An epoch ended; its line of metrics.jsonl."""
        ...

    def note(self, text: str) -> None:
        """One sentence that whoever watches should know."""
        ...


class Silence:
    """Nobody watches and no time passes: checkpoints are written at the ends of epochs only."""

    def now(self) -> float:
        """Always zero."""
        return 0.0

    def progress(self, progress: Progress) -> None:
        """Told to nobody."""

    def epoch(self, line: Mapping[str, Figure | str]) -> None:
        """Told to nobody."""

    def note(self, text: str) -> None:
        """Told to nobody."""

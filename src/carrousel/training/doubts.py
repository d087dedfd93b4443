"""What a run says when its steps are too long: it learns less than nothing, or its numbers leave all bounds."""

import math
from collections.abc import Mapping
from typing import Final

from carrousel.training.metrics import Figure
from carrousel.training.observers import Observer, Progress
from carrousel.training.settings import TrainingSettings

MARGIN: Final = 0.05
"""Nats a token by which a network that has learned nothing yet may be worse than a uniform guess."""


def shorter_steps(settings: TrainingSettings) -> str:
    """What to try where steps are too long, as flags of `carrousel train`."""
    smaller = f"a smaller --learning-rate than {settings.learning_rate:g}"
    return f"{smaller}, or --optimiser adam --learning-rate 0.002" if settings.optimiser == "sgd" else smaller


class Doubting:
    """An observer that says, once, that an epoch was worse than a guess, and tells another one everything."""

    def __init__(self, observer: Observer, *, tokens: int, settings: TrainingSettings) -> None:
        """Watches a run.

        Args:
            observer: who is told.
            tokens: the number of different tokens, among which a guess chooses.
            settings: those of the run.
        """
        self._observer, self._tokens, self._settings = observer, tokens, settings
        self._told = False

    def now(self) -> float:
        """The other's clock."""
        return self._observer.now()

    def progress(self, progress: Progress) -> None:
        """Tell the other."""
        self._observer.progress(progress)

    def epoch(self, line: Mapping[str, Figure | str]) -> None:
        """Tell the other, and what there is to doubt."""
        self._observer.epoch(line)
        if not self._told and float(line["train_loss"]) > math.log(self._tokens) + MARGIN:
            self._told = True
            self.note(
                f"epoch {line['epoch']} was worse in training than a guess among the {self._tokens:,} tokens, whose "
                f"perplexity is {self._tokens:,}; the steps are too long: try {shorter_steps(self._settings)}"
            )

    def note(self, text: str) -> None:
        """Tell the other."""
        self._observer.note(text)

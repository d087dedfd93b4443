"""The learning curve of a run, drawn anew from its metrics.jsonl whenever an epoch ends."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from carrousel.pages.curves import Curves
from carrousel.training.folders import write_whole
from carrousel.training.metrics import Figure
from carrousel.training.observers import Observer, Progress

CURVE: Final = "curve.svg"
NAMES: Final = {"train": "training as it goes", "valid": "validation"}


def learning_curve(metrics: Path) -> Curves | None:
    """Perplexity against updates, of training as it went and of validation; None where there is no line yet."""
    lines = [json.loads(line) for line in metrics.read_text(encoding="utf-8").splitlines()]
    curves = {
        name: [(float(line["update"]), float(line["perplexity"])) for line in lines if line["kind"] == kind]
        for kind, name in NAMES.items()
    }
    curves = {name: points for name, points in curves.items() if points}
    if not curves:
        return None
    return Curves(title="Learning curve", x="updates", y="perplexity of a token", curves=curves, log_y=True)


class Drawing(NamedTuple):
    """An observer that keeps the picture of a run's curve in its folder, and tells another one everything."""

    observer: Observer
    metrics: Path

    def now(self) -> float:
        """The other's clock."""
        return self.observer.now()

    def progress(self, progress: Progress) -> None:
        """Tell the other."""
        self.observer.progress(progress)

    def epoch(self, line: Mapping[str, Figure | str]) -> None:
        """Draw the curve as far as it goes, and tell the other."""
        curve, picture = learning_curve(self.metrics), self.metrics.with_name(CURVE)
        try:
            if curve is not None:
                write_whole(picture, curve.svg())
        except OSError as error:
            self.note(f"{picture} cannot be written: {error.strerror}; the run goes on without it")
        self.observer.epoch(line)

    def note(self, text: str) -> None:
        """Tell the other."""
        self.observer.note(text)

"""How a claim's run shows: a bar on a terminal, a sentence for each part that is done."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from carrousel.training.metrics import Figure
from carrousel.training.observers import Progress as Report


class LabProgress:
    """One bar for the run under way, on the standard error where that is a terminal."""

    def __init__(self) -> None:
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[figures]}"),
            TimeRemainingColumn(compact=True),
            console=Console(stderr=True),
            disable=not sys.stderr.isatty(),
            transient=True,
        )

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()

    def note(self, sentence: str) -> None:
        """One sentence, above the bar or on the standard error."""
        if self._bar.disable:
            print(sentence, file=sys.stderr, flush=True)
        else:
            self._bar.console.print(sentence, markup=False, highlight=False)

    def watch(self, name: str) -> LabRun:
        """Who watches a run of this name."""
        return LabRun(self, self._bar, name)


class LabRun:
    """Watches one run."""

    def __init__(self, whole: LabProgress, bar: Progress, name: str) -> None:
        self._whole, self._bar, self._name = whole, bar, name
        self._task: TaskID | None = None
        self._last = ""

    def now(self) -> float:
        """Seconds on a clock that never goes back."""
        return time.perf_counter()

    def progress(self, progress: Report) -> None:
        """Move the bar."""
        if self._task is None:
            self._task = self._bar.add_task(self._name, total=progress.updates, figures="")
        figures = f"{progress.update:,} updates, loss {progress.loss:.4g}{self._last}"
        self._bar.update(self._task, completed=progress.update, figures=figures)
        if progress.update >= progress.updates:
            self._bar.remove_task(self._task)
            self._task = None

    def epoch(self, line: Mapping[str, Figure | str]) -> None:
        """Remember what the last check found."""
        self._last = f", {float(line['accuracy']):.0%} right" if "accuracy" in line else ""

    def note(self, text: str) -> None:
        """One sentence."""
        self._whole.note(text)

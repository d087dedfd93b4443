"""How a run shows on a terminal, and on a pipe."""

import math
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from carrousel.training.metrics import Figure
from carrousel.training.observers import Progress as Report


def in_words(perplexity: float) -> str:
    """A perplexity with two decimals, or with three digits where it is past all sense."""
    return f"{perplexity:,.2f}" if perplexity < 1e6 else f"{perplexity:.3g}"


@contextmanager
def watched(name: str) -> Iterator[Callable[[int, int], None] | None]:
    """A bar on the standard error where that is a terminal; it is told how much is done, and of how much."""
    if not sys.stderr.isatty():
        yield None
        return
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


class NowAndThen:
    """A line on the standard error whenever work has gone on for so many seconds; what is short says nothing."""

    def __init__(self, *, every: float = 10.0, now: Callable[[], float] = time.monotonic) -> None:
        self._every, self._now, self._last = every, now, now()

    def __call__(self, title: str, done: int, words: int) -> None:
        """Told what is read, how many words of it are done, and of how many."""
        if self._now() - self._last >= self._every:
            self._last = self._now()
            print(f"carrousel: {title}, {done:,} of {words:,} words", file=sys.stderr, flush=True)


class TrainingProgress:
    """A bar on the standard error where that is a terminal; a line for each epoch on the standard output."""

    def __init__(self, epochs: int) -> None:
        self._epochs = epochs
        self._bar = Progress(
            TextColumn("epoch {task.fields[epoch]}/{task.fields[epochs]}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f}%"),
            TextColumn("{task.fields[figures]}"),
            TimeRemainingColumn(compact=True),
            console=Console(stderr=True),
            speed_estimate_period=60.0,
            disable=not sys.stderr.isatty(),
            transient=True,
        )
        self._task: TaskID | None = None
        self._last = 0.0
        self._speed = 0.0

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()

    def now(self) -> float:
        """Seconds on a clock that never goes back."""
        return time.perf_counter()

    def progress(self, progress: Report) -> None:
        """Move the bar."""
        now = self.now()
        if self._last and now > self._last:
            speed = progress.tokens / (now - self._last)
            self._speed = 0.8 * self._speed + 0.2 * speed if self._speed else speed
        self._last = now
        if self._task is None:
            self._task = self._bar.add_task("", total=progress.updates, epoch=1, epochs=self._epochs, figures="")
            self._bar.update(self._task, completed=progress.update)
        perplexity = in_words(math.exp(min(progress.loss, 700.0)))
        self._bar.update(
            self._task,
            completed=progress.update,
            epoch=min((progress.update - 1) // progress.per_epoch + 1, self._epochs),
            figures=f"{self._speed:,.0f} tokens/s  loss {progress.loss:.3f}  perplexity {perplexity}",
        )

    def epoch(self, line: Mapping[str, Figure | str]) -> None:
        """One line on the epoch."""
        self._last = 0.0
        learned = math.exp(min(float(line["train_loss"]), 700.0))
        self._say(
            f"epoch {line['epoch']}/{self._epochs}: perplexity {in_words(learned)} in training, "
            f"{in_words(float(line['perplexity']))} in validation{', the best so far' if line['best'] else ''} "
            f"({float(line['epoch_seconds']):,.0f} s)"
        )

    def note(self, text: str) -> None:
        """One sentence, above the bar."""
        self._say(text)

    def _say(self, text: str) -> None:
        """To the standard output, and not into the bar where both are one terminal."""
        if not self._bar.disable and sys.stdout.isatty():
            self._bar.console.print(text, markup=False, highlight=False, soft_wrap=True)
            return
        try:
            print(text, flush=True)
        except BrokenPipeError:  # whoever read has had enough, which is no reason to stop training
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

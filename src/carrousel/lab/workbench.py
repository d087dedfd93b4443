"""What a claim is run on: seeds, scale, folder, data; runs and computations are kept, so that it can be resumed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from carrousel.errors import SettingsError, TextError
from carrousel.text.corpora import COLLECTIONS
from carrousel.training.feeds import Feed
from carrousel.training.folders import SETTINGS, write_whole
from carrousel.training.observers import Observer, Silence
from carrousel.training.task_plan import TaskPlan
from carrousel.training.tasks import Learned, train_on_task

Scale = Literal["full", "reduced"]
RUNS: Final = "runs"
KEPT: Final = "kept"
Choice = TypeVar("Choice")


class Stopped(Exception):  # noqa: N818 - no error: somebody asked for it
    """The run was asked to stop; what was done is kept."""


@dataclass(frozen=True, kw_only=True)
class Workbench:
    """Where a claim runs."""

    folder: Path
    """Everything that the run makes lies in it."""
    seeds: tuple[int, ...] = (1, 2, 3)
    scale: Scale = "full"
    data: Path | None = None
    """The folder of corpora that was given."""
    watch: Callable[[str], Observer] = field(default=lambda _: Silence())
    """Who watches a run of this name."""
    note: Callable[[str], None] = field(default=lambda _: None)
    """Is told one sentence."""
    stop: Callable[[], bool] = field(default=lambda: False)
    """Whether to stop."""

    def pick(self, full: Choice, reduced: Choice) -> Choice:
        """What belongs to the scale."""
        return full if self.scale == "full" else reduced

    def train(self, name: str, plan: TaskPlan, *, feed: Feed | None = None) -> Learned:
        """Train a network on a task; a run of this name that is there goes on, or gives its result again.

        Args:
            name: of the run, its seed included; a folder's name.
            plan: what is to be trained.
            feed: where batches come from, in the place of fresh draws from the task.

        Raises:
            Stopped: somebody asked for it; the run can be gone on with.
            SettingsError: the run of this name was begun with other settings.
        """
        folder = self.folder / RUNS / name
        there = (folder / SETTINGS).is_file()
        observer = self.watch(name)
        how: dict[str, Any] = {
            "observer": observer,
            "stop": self.stop,
            "resume": there,
            "overwrite": not there,
            "feed": feed,
        }
        learned = train_on_task(plan, folder=folder, **how)
        if not learned.finished:
            raise Stopped
        if not there:
            end = "solved" if learned.solved else "ended"
            told = ", ".join(f"{key} {value:.4g}" for key, value in _told(learned).items())
            self.note(f"{name}: {end} after {learned.sequences:,} sequences, {learned.seconds:,.0f} s; {told}")
        return learned

    def kept(self, name: str, compute: Callable[[], Any]) -> Any:
        """JSON values that are computed once, and read back when a run is gone on with.

        Raises:
            Stopped: somebody asked for it before the computation began.
        """
        path = self.folder / KEPT / f"{name}.json"
        if path.is_file():
            return json.loads(path.read_text(encoding="utf-8"))
        if self.stop():
            raise Stopped
        value = compute()
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, json.dumps(value))
        return json.loads(json.dumps(value))

    def each(self, things: Sequence[Choice], name: str) -> Iterator[Choice]:
        """The things one by one, each told.

        Raises:
            Stopped: somebody asked for it in between.
        """
        for place, thing in enumerate(things, start=1):
            if self.stop():
                raise Stopped
            self.note(f"{name} {place}/{len(things)}: {thing}")
            yield thing

    def corpus(self, *parts: str) -> Path:
        """A file or folder of the data that were given.

        Raises:
            SettingsError: no folder of data was given.
            TextError: it is not there.
        """
        if self.data is None:
            raise SettingsError(f"this claim needs {parts[0]}; give the folder that holds it by --data DIR")
        path = self.data.joinpath(*parts)
        if not path.exists():
            brought = f"; carrousel data {parts[0]} brings it" if parts[0] in COLLECTIONS else ""
            raise TextError(f"{path} is not there; --data names the folder that holds {parts[0]}{brought}")
        return path


def _told(learned: Learned) -> dict[str, float]:
    last = learned.checks[-1] if learned.checks else {}
    return {name: last[name] for name in ("loss", "accuracy") if name in last}

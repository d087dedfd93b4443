"""Cells beside each other: the same model with each of them, on the same tokens, under one budget of numbers."""

import json
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from carrousel.errors import CarrouselError, SettingsError, TrainingError
from carrousel.training.beginning import begun_with, fit, sized, tokens_first
from carrousel.training.corpora import drop_training_tokens, open_corpora, prepare_corpora, share_corpora
from carrousel.training.folders import SETTINGS, open_folder, reserved
from carrousel.training.language import train_language_model
from carrousel.training.locks import alone
from carrousel.training.observers import Observer
from carrousel.training.plans import Plan, Trained
from carrousel.training.run import METRICS


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One cell's run."""

    cell: str
    hidden: int
    parameters: int
    """Numbers that training changes, embedding and softmax included."""
    folder: Path
    """The run."""
    trained: Trained | None = None
    """What came of it; None where it has not begun, or failed."""
    failed: str = ""
    """Why it failed, in a sentence."""
    best_update: int = 0
    """Updates after which the best epoch ended; 0 where none has ended."""
    tokens_per_second: float | None = None
    """Tokens learned from in a second of training, in the middle of the intervals of metrics.jsonl; of a run shorter
    than an interval over the whole of it, with compiling and validation. None where it has not begun."""

    @property
    def finished(self) -> bool:
        """Whether all epochs were made."""
        return self.trained is not None and self.trained.finished


def compare_cells(
    plan: Plan,
    *,
    observer: Observer,
    stop: Callable[[], bool],
    resume: bool = False,
    overwrite: bool = False,
    told: Callable[[Sequence[Compared]], None],
) -> tuple[Compared, ...]:
    """Train the model of a plan with each cell that it names, one after the other, each in a run of its own.

    The plan's folder holds a run under each cell's name. A run that fails does not stop the others.

    Args:
        plan: what is to be trained; its cell is several names with commas between them. Without a budget all models
            have its hidden size.
        observer: is told what goes on, and has the clock.
        stop: asked between compiled calls; once true, the run under way ends unfinished and no other begins.
        resume: go on with whatever is unfinished in the folder, exactly.
        overwrite: replace what is in the folder.
        told: is told of all cells as they stand whenever a run has ended.

    Raises:
        SettingsError: fewer than two cells, one that is named twice, or a budget that leaves nothing for one of them.
        CellError: there is no such cell, or it fits no size.
        TrainingError: the folder is not as it should be.
        TextError: a text cannot be read or is too short.
    """
    cells = plan.recipe.model.cell.split(",")
    _check(plan, cells)
    with alone(plan.folder):
        return _compare(plan, cells, observer, stop, told, resume=resume, overwrite=overwrite)


def _compare(
    plan: Plan,
    cells: Sequence[str],
    observer: Observer,
    stop: Callable[[], bool],
    told: Callable[[Sequence[Compared]], None],
    *,
    resume: bool,
    overwrite: bool,
) -> tuple[Compared, ...]:
    if resume:
        open_folder(plan.folder, plan.settings, resume=True, overwrite=False)
        plans = _plans(plan, cells, vocabulary=_vocabulary(plan), resume=True)
    else:
        with tokens_first(plan, overwrite=overwrite) as cut:
            plans = _plans(plan, cells, vocabulary=cut.vocabulary, resume=False)
            open_folder(plan.folder, plan.settings, resume=False, overwrite=overwrite)
            cut.move(plan.folder)
    every = [one for one, _ in plans]
    told(every)
    for place, (one, its) in enumerate(plans):
        if stop():
            break
        observer.note(f"{one.cell}, {place + 1} of {len(plans)}: {one.hidden} units, {one.parameters:,} parameters")
        every[place] = _run(one, its, plan.folder, observer=observer, stop=stop)
        told(every)
    if all(one.finished for one in every):
        drop_training_tokens(plan.folder)
    return tuple(every)


def _check(plan: Plan, cells: Sequence[str]) -> None:
    if len(cells) < 2:
        raise SettingsError(f"a comparison has at least two cells, and {plan.recipe.model.cell!r} names one")
    if plan.origin is not None:
        raise SettingsError(f"the model {plan.origin} has its cell already, so no other can be compared in it")
    for cell in cells:
        if not cell or cells.count(cell) > 1:
            raise SettingsError(f"cells are named once each with a comma between them, not {plan.recipe.model.cell!r}")
        if reserved(cell):
            raise SettingsError(f"the run of {cell} would lie in {plan.folder / cell}, which has a meaning; rename it")


def _vocabulary(plan: Plan) -> int:
    """The number of different tokens of a comparison that goes on."""
    try:
        return open_corpora(plan.folder, ended=True).tokenizer.size
    except (OSError, ValueError, KeyError, TypeError, CarrouselError):  # it was killed before they were there
        return prepare_corpora(plan.folder, plan.texts, plan.recipe.text).tokenizer.size


def _plans(plan: Plan, cells: Sequence[str], *, vocabulary: int, resume: bool) -> list[tuple[Compared, Plan]]:
    """Each cell with its size, and the plan of its run."""
    found = []
    for cell in cells:
        model = replace(plan.recipe.model, cell=cell)
        own = replace(plan, recipe=replace(plan.recipe, model=model), folder=plan.folder / cell)
        fitted = fit(own, vocabulary=vocabulary, begun=begun_with(own.folder) if resume else None)
        one = Compared(cell=cell, hidden=fitted.hidden, parameters=fitted.parameters, folder=own.folder)
        found.append((one, replace(sized(own, fitted.hidden), budget=None)))
    return found


def _run(one: Compared, plan: Plan, tokens: Path, *, observer: Observer, stop: Callable[[], bool]) -> Compared:
    """Begin the run of a cell, or go on with it, until it has ended, failed or stopped."""
    try:
        if not (plan.folder / SETTINGS).is_file():
            open_folder(plan.folder, plan.settings, resume=False, overwrite=False)
        if not (plan.folder / METRICS).is_file():
            share_corpora(tokens, plan.folder)
        trained = train_language_model(plan, observer=observer, stop=stop, resume=True)
    except TrainingError as error:
        observer.note(str(error))
        return replace(one, failed=str(error))
    lines = _metrics(plan.folder)
    best = [line["update"] for line in lines if line["kind"] == "valid" and line["best"]]
    window = plan.recipe.training.batch * plan.recipe.training.unroll
    return replace(
        one,
        trained=trained,
        best_update=best[-1] if best else 0,
        tokens_per_second=_speed(lines, window=window),
    )


def _metrics(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / METRICS).read_text(encoding="utf-8").splitlines()]


def _speed(lines: Sequence[Mapping[str, Any]], *, window: int) -> float | None:
    intervals = [line["tokens_per_second"] for line in lines if line["kind"] == "train"]
    if intervals:
        return statistics.median(intervals)
    ends = [line for line in lines if line["kind"] == "valid"]
    return ends[-1]["update"] * window / ends[-1]["seconds"] if ends and ends[-1]["seconds"] else None

"""How a run begins: its texts are read and its sizes checked before its folder is touched, so that nothing is lost."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from carrousel.errors import TrainingError
from carrousel.machine import memory
from carrousel.models import Fitted, count_numbers, fit_hidden
from carrousel.text import Tokenizer, streams
from carrousel.training.corpora import TOKENS, Corpora, prepare_corpora
from carrousel.training.folders import SETTINGS, check_folder, open_folder
from carrousel.training.memory import MOMENTS
from carrousel.training.plans import Plan
from carrousel.training.recipes import read_toml

WIDTH: Final = 4
"""Bytes of a float32."""
GIB: Final = 1 << 30


class Cut(NamedTuple):
    """Tokens that were made before their run."""

    folder: Path
    corpora: Corpora

    @property
    def vocabulary(self) -> int:
        """The number of different tokens."""
        return self.corpora.tokenizer.size

    def move(self, run: Path) -> None:
        """Give them to the run."""
        (self.folder / TOKENS).rename(run / TOKENS)


def begin(plan: Plan, *, resume: bool, overwrite: bool, tokenizer: Tokenizer | None = None) -> Plan:
    """Open the folder of a run, which can then be resumed; the plan with the hidden size that its budget allows.

    Args:
        plan: what is to be trained.
        resume: whether the run is there already.
        overwrite: whether another run may be replaced; it is, when this one is sure to begin.
        tokenizer: one that was learned before, in the place of a new one.

    Raises:
        SettingsError: the budget leaves nothing for the cell.
        CellError: there is no such cell, or it fits no size.
        TrainingError: the folder is not as it should be.
        TextError: a text cannot be read or is too short.
    """
    if resume:
        hidden = plan.recipe.model.hidden if plan.budget is None else begun_with(plan.folder)
        plan = sized(plan, hidden or plan.recipe.model.hidden)
        open_folder(plan.folder, plan.settings, resume=True, overwrite=False)
        return plan
    with tokens_first(plan, overwrite=overwrite, tokenizer=tokenizer) as cut:
        fitted = fit(plan, vocabulary=cut.vocabulary)
        _check_memory(fitted.parameters, plan.recipe.training.optimiser)
        plan = sized(plan, fitted.hidden)
        streams(cut.corpora.tokens["train"], plan.recipe.training.batch, unroll=plan.recipe.training.unroll)
        open_folder(plan.folder, plan.settings, resume=False, overwrite=overwrite)
        cut.move(plan.folder)
    return plan


def fit(plan: Plan, *, vocabulary: int, begun: int | None = None) -> Fitted:
    """The hidden size of a plan, and the numbers that its model trains.

    It is the one that its run was begun with, else what the budget allows, else the plan's own.
    """
    settings = plan.recipe.model
    if plan.budget is None or begun is not None:
        settings = replace(settings, hidden=begun or settings.hidden)
        return Fitted(settings.hidden, count_numbers(settings, vocabulary=vocabulary, cells=plan.cells))
    return fit_hidden(settings, plan.budget, vocabulary=vocabulary, cells=plan.cells)


def _check_memory(parameters: int, optimiser: str) -> None:
    """Refuse what cannot be: XLA ends the process where it gets no memory."""
    least, there = WIDTH * parameters * (1 + MOMENTS[optimiser]), memory()
    if there is not None and least > there:
        raise TrainingError(
            f"{parameters:,} parameters and what {optimiser} keeps of them take {least / GIB:,.1f} GiB at least, and "
            f"this machine has {there / GIB:,.1f}; give a smaller hidden, fewer layers, or a budget"
        )


def sized(plan: Plan, hidden: int) -> Plan:
    """The plan with another hidden size."""
    return replace(plan, recipe=replace(plan.recipe, model=replace(plan.recipe.model, hidden=hidden)))


@contextmanager
def tokens_first(plan: Plan, *, overwrite: bool, tokenizer: Tokenizer | None = None) -> Iterator[Cut]:
    """The tokens of a run that is to begin, in a folder beside its own, which is not touched yet.

    What a run left there that was killed before its folder was made is removed.
    """
    check_folder(plan.folder, plan.settings, resume=False, overwrite=overwrite)
    parent = plan.folder.absolute().parent
    place = parent / f".{plan.folder.name}.tokens"
    shutil.rmtree(place, ignore_errors=True)
    try:
        place.mkdir()
        yield Cut(place, prepare_corpora(place, plan.texts, plan.recipe.text, tokenizer=tokenizer))
    except OSError as error:
        raise TrainingError(f"the folder {plan.folder} cannot be made: {error.strerror}") from error
    finally:
        shutil.rmtree(place, ignore_errors=True)


def begun_with(folder: Path) -> int | None:
    """The hidden size of the run in a folder, where there is one."""
    path = folder / SETTINGS
    hidden = read_toml(path).get("hidden") if path.is_file() else None
    return hidden if isinstance(hidden, int) else None

"""A run whose hidden size a budget of numbers decides: the tokens are made first, since the vocabulary counts."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from carrousel.errors import SettingsError
from carrousel.models import Fitted, count_numbers, fit_hidden
from carrousel.training.corpora import TOKENS, prepare_corpora
from carrousel.training.folders import SETTINGS, check_folder, open_folder
from carrousel.training.plans import Plan
from carrousel.training.recipes import read_toml


class Cut(NamedTuple):
    """Tokens that were made before their run."""

    folder: Path
    vocabulary: int

    def move(self, run: Path) -> None:
        """Give them to the run."""
        (self.folder / TOKENS).rename(run / TOKENS)


def begin_within_budget(plan: Plan, *, resume: bool, overwrite: bool) -> Plan:
    """Open the folder of a plan with a budget; the plan with the hidden size that it allows, which can be resumed.

    Raises:
        SettingsError: the budget leaves nothing for the cell.
        CellError: there is no such cell, or it fits no size.
        TrainingError: the folder is not as it should be.
        TextError: a text cannot be read or is too short.
    """
    if resume:
        return sized(plan, begun_with(plan.folder) or plan.recipe.model.hidden)
    with tokens_first(plan, overwrite=overwrite) as cut:
        plan = sized(plan, fit(plan, vocabulary=cut.vocabulary).hidden)
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
    if plan.origin is not None:
        raise SettingsError(f"the model {plan.origin} has its size already; leave out the budget, or the model")
    return fit_hidden(settings, plan.budget, vocabulary=vocabulary, cells=plan.cells)


def sized(plan: Plan, hidden: int) -> Plan:
    """The plan with another hidden size."""
    return replace(plan, recipe=replace(plan.recipe, model=replace(plan.recipe.model, hidden=hidden)))


@contextmanager
def tokens_first(plan: Plan, *, overwrite: bool) -> Iterator[Cut]:
    """The tokens of a run that is to begin, in a folder beside its own, which is not touched yet."""
    check_folder(plan.folder, plan.settings, resume=False, overwrite=overwrite)
    parent = plan.folder.absolute().parent
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{plan.folder.name}.", dir=parent) as name:
        folder = Path(name)
        corpora = prepare_corpora(folder, plan.texts, plan.recipe.text)
        yield Cut(folder, corpora.tokenizer.size)


def begun_with(folder: Path) -> int | None:
    """The hidden size of the run in a folder, where there is one."""
    path = folder / SETTINGS
    hidden = read_toml(path).get("hidden") if path.is_file() else None
    return hidden if isinstance(hidden, int) else None

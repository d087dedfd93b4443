"""Language models as claims ask for them: trained in the run's folder, kept, and loaded as any model is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from carrousel.lab.workbench import RUNS, Stopped, Workbench
from carrousel.model import Model, load
from carrousel.ngram.folder import is_ngram_folder
from carrousel.ngram.settings import NgramSettings
from carrousel.ngram.training import UnitSettings, train_ngram
from carrousel.text import Text
from carrousel.training.corpora import Texts
from carrousel.training.folders import SETTINGS
from carrousel.training.language import train_language_model
from carrousel.training.plans import Plan
from carrousel.training.recipes import recipe


def network(bench: Workbench, name: str, settings: Mapping[str, Any], texts: Callable[[], Texts]) -> Model:
    """A network that is trained on texts; a run of this name that is there goes on, or gives its model again.

    Args:
        bench: where.
        name: of the run, its seed included; a folder's name.
        settings: of a recipe, by name; the rest have their defaults.
        texts: opens what it learns from and is judged by.

    Raises:
        Stopped: somebody asked for it; the run can be gone on with.
        SettingsError: the run of this name was begun with other settings.
    """
    folder = bench.folder / RUNS / name
    there = (folder / SETTINGS).is_file()
    plan = Plan(recipe=recipe(settings), texts=texts, folder=folder)
    trained = train_language_model(plan, observer=bench.watch(name), stop=bench.stop, resume=there, overwrite=not there)
    if not trained.finished:
        raise Stopped
    return load(folder)


def ngrams(bench: Workbench, name: str, settings: NgramSettings, units: UnitSettings, text: Text) -> Model:
    """An n-gram model of a text; one of this name that is there is taken as it is.

    Raises:
        Stopped: somebody asked for it before it was begun.
    """
    folder = bench.folder / RUNS / name
    if not is_ngram_folder(folder):
        if bench.stop():
            raise Stopped
        folder.parent.mkdir(parents=True, exist_ok=True)
        train_ngram(text, settings, units, out=folder)
        bench.note(f"{name}: counted")
    return load(folder)

"""A language model to and from its folder."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple

import equinox as eqx
import jax

from carrousel.cells import CELLS, find_cell
from carrousel.engine import Cell, fingerprint
from carrousel.errors import CarrouselError, ModelError
from carrousel.models.arrays import named_arrays, with_named_arrays
from carrousel.models.language import LanguageModel
from carrousel.models.settings import LanguageModelSettings
from carrousel.sampling.kept.forms import KIND
from carrousel.storage.folder import CONFIG, TOKENIZER, WEIGHTS, StoredModel, save_folder


class LoadedLanguageModel(NamedTuple):
    """What the folder of a language model holds."""

    network: LanguageModel
    tokenizer: bytes
    facts: dict[str, Any]
    """What training noted of itself."""


def save_language_model(
    path: Path | str, network: LanguageModel, *, tokenizer: bytes, facts: Mapping[str, Any] | None = None
) -> None:
    """Write the folder of a language model, whole or not at all.

    Args:
        path: the folder.
        network: the model.
        tokenizer: what `tokenizer.json` is to hold.
        facts: JSON values that `config.json` keeps under `training`: where the model comes from.

    Raises:
        ModelError: the folder cannot be written.
    """
    config = {
        "model": KIND,
        "vocabulary": network.vocabulary,
        "settings": dict(vars(network.settings)),
        "cell": _cell_entry(network),
        "training": dict(facts or {}),
    }
    save_folder(path, config=config, arrays=named_arrays(network), tokenizer=tokenizer)


def restore_language_model(
    path: Path | str, stored: StoredModel, *, cells: Sequence[Cell | Callable[..., Any]] = ()
) -> LoadedLanguageModel:
    """The language model of a folder that was read.

    Args:
        path: the folder, for messages.
        stored: what `load_folder` found in it.
        cells: the cells of your own that models may name; they go before the catalogue's.

    Raises:
        ModelError: the folder is of another kind of model, or names a cell that is not given or has changed.
    """
    folder, config = Path(path), stored.config
    if config.get("model") != KIND:
        raise ModelError(f"{folder / CONFIG} is of a {config.get('model')!r}, and a {KIND} is wanted")
    if stored.tokenizer is None:
        raise ModelError(f"{folder / TOKENIZER} is missing, and a {KIND} has one; copy the model again")
    settings, vocabulary, training = _settings(folder, config), config.get("vocabulary"), config.get("training")
    if type(vocabulary) is not int or not isinstance(training, dict):
        raise ModelError(f"{folder / CONFIG} lacks vocabulary or training; this model was not written by carrousel")
    cell = _cell(folder, config, settings, cells)
    try:
        skeleton = eqx.filter_eval_shape(
            lambda key: LanguageModel.from_settings(settings, vocabulary=vocabulary, key=key, cells=(cell,)),
            jax.eval_shape(jax.random.key, 0),
        )
    except CarrouselError as error:
        raise ModelError(f"{folder / CONFIG} describes no model that can be: {error}") from error
    _check_fingerprint(folder, config, skeleton)
    try:
        network = with_named_arrays(skeleton, stored.arrays)
    except ModelError as error:
        raise ModelError(f"{folder / WEIGHTS} does not fit {CONFIG}: {error}") from error
    return LoadedLanguageModel(network, stored.tokenizer, training)


def _cell_entry(network: LanguageModel) -> dict[str, Any] | None:
    """What is to be known of the recurrent cell; None for a window model, which has none."""
    if network.settings.model == "window":
        return None
    """What is kept of a cell; the hash tells a changed function, for cells of a user's own."""
    cell = network.cell
    own = cell.name not in CELLS or CELLS[cell.name].function is not cell.function
    entry = {"name": cell.name, "options": dict(cell.options), "own": own}
    return {**entry, "fingerprint": _fingerprint(network)} if own else entry


def _fingerprint(network: LanguageModel) -> str:
    layer = network.layers[0]
    return fingerprint(network.cell, inputs=layer.inputs, hidden=layer.hidden)


def _settings(folder: Path, config: Mapping[str, Any]) -> LanguageModelSettings:
    given, known = config.get("settings"), {field.name for field in fields(LanguageModelSettings)}
    if not isinstance(given, dict):
        raise ModelError(f"{folder / CONFIG} has no settings; this model was not written by carrousel")
    if strange := sorted(given.keys() - known):
        raise ModelError(
            f"{folder / CONFIG} has a setting {strange[0]!r} that this version lacks; install the one that wrote it"
        )
    values: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in given.items()}
    try:
        return LanguageModelSettings(**values)
    except CarrouselError as error:
        raise ModelError(f"{folder / CONFIG} has a setting that cannot be: {error}") from error


def _cell(
    folder: Path, config: Mapping[str, Any], settings: LanguageModelSettings, cells: Sequence[Cell | Callable[..., Any]]
) -> Cell:
    """The cell that the model runs; a cell of a user's own is never fetched, only taken from `cells`."""
    if settings.model == "window":
        return find_cell(settings.cell)
    entry = config.get("cell")
    if not isinstance(entry, dict) or not isinstance(entry.get("options"), dict):
        raise ModelError(f"{folder / CONFIG} has no cell; this model was not written by carrousel")
    own = {cell.name: cell for cell in map(find_cell, cells)}
    if entry.get("own") and settings.cell not in own:
        raise ModelError(
            f"{folder / CONFIG} runs a cell of its maker's own, {settings.cell}; give its function: "
            f"--cell FILE.py:{settings.cell}, or cells=[{settings.cell}] in Python"
        )
    try:
        cell = own[settings.cell] if entry.get("own") else find_cell(settings.cell)
        return cell.with_options(**entry["options"])
    except CarrouselError as error:
        raise ModelError(f"{folder / CONFIG} names a cell that cannot be had: {error}") from error


def _check_fingerprint(folder: Path, config: Mapping[str, Any], network: LanguageModel) -> None:
    entry = config.get("cell") or {}
    if entry.get("own") and entry.get("fingerprint") != _fingerprint(network):
        raise ModelError(
            f"the cell {network.cell.name} is not what {folder / CONFIG} was trained with: its equations changed; "
            "give the function as it was"
        )

"""Checkpoints: folders that hold all that a run needs to go on as if it had never stopped."""

import contextlib
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import jax
import numpy as np

from carrousel.errors import ModelError, TrainingError
from carrousel.storage.folder import load_folder, save_folder
from carrousel.training.updates import Carry

KEPT: Final = 3
"""Checkpoints that stay: the newest, and older ones for the case that it is damaged."""


class Checkpoint(NamedTuple):
    """What was stored."""

    carry: Carry
    position: dict[str, Any]
    """Where the run stood; JSON values."""
    damaged: tuple[str, ...]
    """One sentence on each newer checkpoint that could not be used."""


def save_checkpoint(folder: Path, carry: Carry, *, position: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
    """Store all that a run needs to go on, under its update's number; then drop the oldest checkpoint beyond `KEPT`.

    Random numbers need no place of their own: each update's key comes from the seed and from its number.

    Raises:
        TrainingError: the file system refused; the checkpoints that were there are whole.
    """
    path = folder / f"{position['update']:010d}"
    arrays = {
        jax.tree_util.keystr(place): np.asarray(leaf) for place, leaf in jax.tree_util.tree_leaves_with_path(carry)
    }
    try:
        save_folder(path, config={"position": dict(position), "settings": dict(settings)}, arrays=arrays)
    except ModelError as error:
        shutil.rmtree(path, ignore_errors=True)
        whole = _newest_first(folder)
        rest = f"the last whole checkpoint is that of update {int(whole[0].name)}; " if whole else ""
        raise TrainingError(
            f"the checkpoint of update {position['update']} could not be written ({error}); {rest}make room and resume"
        ) from error
    for old in _newest_first(folder)[KEPT:]:
        shutil.rmtree(old, ignore_errors=True)


def load_checkpoint(folder: Path, like: Carry) -> Checkpoint | None:
    """The newest checkpoint that is whole, in the structure of `like`; None where there is none at all.

    Raises:
        TrainingError: there are checkpoints and none is whole, or they are of another network than `like`.
    """
    damaged: list[str] = []
    for path in _newest_first(folder):
        try:
            stored = load_folder(path)
        except ModelError as error:
            damaged.append(str(error))
            continue
        return Checkpoint(_rebuilt(path, like, stored.arrays), stored.config["position"], tuple(damaged))
    if damaged:
        raise TrainingError(f"no checkpoint in {folder} is whole: {'; '.join(damaged)}")
    return None


def stored_position(folder: Path) -> dict[str, Any] | None:
    """Where the newest checkpoint that is whole stands; None where there is none."""
    for path in _newest_first(folder):
        with contextlib.suppress(ModelError):
            position: dict[str, Any] = load_folder(path).config["position"]
            return position
    return None


def drop_remains(folder: Path) -> None:
    """Delete what a save or a deletion that was cut short left behind, and nothing that could be used."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.is_dir() and not (path / "manifest.json").is_file() and not (path / ".incoming").is_dir():
            shutil.rmtree(path, ignore_errors=True)


def _newest_first(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted((path for path in folder.iterdir() if path.name.isdigit()), reverse=True)


def _rebuilt(path: Path, like: Carry, arrays: Mapping[str, np.ndarray]) -> Carry:
    """The arrays in the places of `like`."""

    def place(key: tuple[Any, ...], leaf: Any) -> jax.Array:
        name = jax.tree_util.keystr(key)
        stored = arrays.get(name)
        if stored is None or stored.size != np.size(leaf) or stored.dtype != leaf.dtype:
            raise TrainingError(
                f"{path} is the checkpoint of another network: {name} does not fit; resume with its settings"
            )
        return jax.numpy.array(stored.reshape(np.shape(leaf)))

    carry: Carry = jax.tree_util.tree_map_with_path(place, like)
    return carry

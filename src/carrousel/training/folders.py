"""The folder of a run: begun, begun anew, or gone on with; never overwritten in silence."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from carrousel.errors import SettingsError, TrainingError
from carrousel.training.locks import lock_name
from carrousel.training.recipes import read_toml, toml_text

SETTINGS: Final = "settings.toml"
COMPARISON: Final = "compare.json"
"""What came of a comparison of cells; each cell's run is a folder beside it."""
PART: Final = f".{SETTINGS}.part"
"""What a run that was killed before it began leaves behind."""
_OURS: Final = frozenset(
    {
        SETTINGS,
        PART,
        "metrics.jsonl",
        "curve.svg",
        "checkpoints",
        "tokens",
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "manifest.json",
        ".incoming",
        ".incoming.partial",
        COMPARISON,
    }
)

FREE: Final = frozenset({"checkpoint"})
"""Settings that decide nothing a run ends with, so that they may differ on resuming."""


def open_folder(folder: Path, settings: Mapping[str, Any], *, resume: bool, overwrite: bool) -> None:
    """Make the folder of a run with its settings in it, or check that the run in it was begun with the same ones.

    Raises:
        TrainingError: a run is there and it was not said what is to become of it; or none is there to resume; or the
            folder holds other things than a run.
        SettingsError: the run was begun with other settings.
    """
    held = check_folder(folder, settings, resume=resume, overwrite=overwrite)
    if resume:
        return
    try:
        if SETTINGS in held:  # without its settings a folder is no run, so one that is half deleted is not resumed
            (folder / SETTINGS).unlink()
        for name in held:
            shutil.rmtree(folder / name) if (folder / name).is_dir() else (folder / name).unlink(missing_ok=True)
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / SETTINGS, toml_text(settings))
    except OSError as error:
        raise TrainingError(f"the folder {folder} cannot be made: {error.strerror}") from error


def check_folder(folder: Path, settings: Mapping[str, Any], *, resume: bool, overwrite: bool) -> set[str]:
    """See that `open_folder` could, and leave all as it is; the names of what the folder holds."""
    held = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    if folder.exists() and not folder.is_dir():
        raise TrainingError(f"{folder} is a file, and a run is a folder; choose another name")
    if resume:
        if SETTINGS not in held:
            raise TrainingError(f"there is no run in {folder} to resume; begin it without --resume")
        _compare(folder, read_toml(folder / SETTINGS), settings)
        return held
    if held - {PART} and not overwrite:
        raise TrainingError(
            f"{folder} is not empty; go on with the run in it by --resume, or replace it by --overwrite"
        )
    if strangers := sorted(held - _OURS - _compared(folder)):
        raise TrainingError(f"{folder} holds {strangers[0]}, which is no part of a run, so it is not overwritten")
    return held


def reserved(name: str) -> bool:
    """Whether a run keeps something under this name."""
    return name in _OURS


def _compared(folder: Path) -> set[str]:
    """The cells whose runs lie in the folder of a comparison, and what a killed run of one leaves beside it."""
    try:
        names = str(read_toml(folder / SETTINGS).get("cell", "")).split(",")
    except SettingsError:
        return set()
    return {*names, *map(lock_name, names)} if len(names) > 1 else set()


def _compare(folder: Path, begun: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
    for name in sorted({*begun, *settings} - FREE):
        if begun.get(name) != settings.get(name):
            raise SettingsError(
                f"the run in {folder} was begun with {name} = {begun.get(name)!r}, not {settings.get(name)!r}; "
                "a run goes on as it began, so leave this setting away or begin another run"
            )


def write_whole(path: Path, text: str) -> None:
    """Write a small file so that it is there whole or not at all."""
    beside = path.with_name(f".{path.name}.part")
    with beside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)

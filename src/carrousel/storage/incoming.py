"""How new files take the place of old ones in a folder: all of them or none, wherever the machine stops.

A save writes its files into `.incoming.partial`, forces them to the disk, and renames that folder to `.incoming`:
from this instant the new files are the valid ones, wherever they lie. Then each moves to its place, the manifest last.
Whoever reads looks into `.incoming` first, so a save that was cut short before the rename never was, and one cut short
after it is complete. What else lies in the folder (a run's log, its checkpoints) is not touched.
"""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

INCOMING: Final = ".incoming"
PARTIAL: Final = ".incoming.partial"


def write_through(path: Path, content: bytes) -> None:
    """Write a file and force it to the disk; an error names the file."""
    try:
        with path.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        error.filename = os.fspath(path)
        raise


def place_of(folder: Path, name: str, *, last: str) -> Path:
    """Where the valid version of a file lies now; `last` is the file that moves last, by which a save is known."""
    incoming = folder / INCOMING
    if (incoming / last).is_file() and (incoming / name).is_file():
        return incoming / name
    return folder / name


def replace_files(folder: Path, files: Mapping[str, bytes], *, last: str) -> None:
    """Write the files into the folder, made if need be, all or none; `last` names the one that vouches for the rest.

    Raises:
        OSError: the file system refused; before the files became valid, what was in the folder still is. Its
            `filename` names the file where the system tells it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    settle(folder, last=last)
    partial = folder / PARTIAL
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir()
        for name in sorted(files, key=last.__eq__):
            write_through(partial / name, files[name])
        _sync_folder(partial)
        partial.rename(folder / INCOMING)
    except OSError:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    _sync_folder(folder)
    settle(folder, last=last)


def settle(folder: Path, *, last: str) -> None:
    """Move what a save left in `.incoming` to its place; nothing where there is none."""
    incoming = folder / INCOMING
    if not incoming.is_dir():
        return
    if (incoming / last).is_file():
        for name in sorted((path.name for path in incoming.iterdir()), key=last.__eq__):
            if name == last:
                _sync_folder(folder)
            (incoming / name).replace(folder / name)
        _sync_folder(folder)
    shutil.rmtree(incoming, ignore_errors=True)


def _sync_folder(folder: Path) -> None:
    """Force a folder's list of names to the disk, where the system can."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

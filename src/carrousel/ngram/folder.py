"""The model folder of an n-gram model: config.json, model.safetensors, vocabulary.txt, a tokenizer, and the manifest.

All is written beside the folder's contents and takes their place at once, when it is on the disk: no run that was cut
short leaves a model that opens.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from carrousel.errors import ModelError
from carrousel.ngram.arrays import ArrayFile, map_arrays
from carrousel.storage.incoming import INCOMING, PARTIAL, place_of, settle, write_through
from carrousel.storage.manifest import MANIFEST, FileRecord, manifest_text, read_file, read_manifest

CONFIG: Final = "config.json"
ARRAYS: Final = "model.safetensors"
VOCABULARY: Final = "vocabulary.txt"
TOKENIZER: Final = "tokenizer.json"
KIND: Final = "ngram"
_BLOCK: Final = 1 << 22


@dataclass(frozen=True, kw_only=True, eq=False)
class Contents:
    """What the folder of an n-gram model holds."""

    config: Mapping[str, Any]
    arrays: ArrayFile
    vocabulary: bytes
    tokenizer: bytes


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A place to write a model's files to; when the block ends without an error, they become the model of `folder`.

    Raises:
        ModelError: files of something else lie there, or the disk refuses.
    """
    try:
        check_folder(folder)
        folder.mkdir(parents=True, exist_ok=True)
        settle(folder, last=MANIFEST)
        partial = folder / PARTIAL
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        try:
            yield partial
            _publish(folder, partial)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        name = Path(error.filename or folder).name
        raise ModelError(
            f"{name} of the model {folder} could not be written: {error.strerror}; an earlier model there is unharmed"
        ) from error


def check_folder(folder: Path) -> None:
    """See that an n-gram model may be written to a folder, and leave all as it is.

    Raises:
        ModelError: files of something else lie there, a model that counts no n-grams included: it took longer to make.
    """
    if not folder.is_dir():
        return
    if not (folder / MANIFEST).exists():
        if any(folder.iterdir()):
            raise ModelError(f"{folder} holds something that is no model; choose another name for the model")
    elif VOCABULARY not in read_manifest(folder):
        raise ModelError(f"{folder} holds a model that is not of n-grams; choose another name for the model")


def read_folder(folder: Path) -> Contents:
    """What a folder holds; its arrays are mapped, and only their length is compared with the manifest.

    Raises:
        ModelError: the folder is missing, broken or of another kind.
    """
    records = read_manifest(folder)
    for name in (CONFIG, ARRAYS, VOCABULARY, TOKENIZER):
        if name not in records:
            raise ModelError(f"{folder / MANIFEST} does not list {name}, which an n-gram model has")
    small = {name: _checked(folder, record) for name, record in records.items() if name != ARRAYS}
    path = place_of(folder, ARRAYS, last=MANIFEST)
    arrays = map_arrays(path)
    if path.stat().st_size != records[ARRAYS].size:
        raise ModelError(f"{path} is not as long as the manifest says; copy the model again")
    config = json.loads(small[CONFIG])
    if not isinstance(config, dict) or config.get("kind") != KIND:
        raise ModelError(f"{folder} is no n-gram model; its config.json says another kind")
    return Contents(config=config, arrays=arrays, vocabulary=small[VOCABULARY], tokenizer=small[TOKENIZER])


def is_ngram_folder(folder: Path) -> bool:
    """Whether a folder holds an n-gram model, as far as its list of files tells."""
    try:
        return VOCABULARY in read_manifest(folder)
    except ModelError:
        return False


def _publish(folder: Path, partial: Path) -> None:
    records = {path.name: _synced(path) for path in sorted(partial.iterdir()) if path.is_file()}
    write_through(partial / MANIFEST, manifest_text(records))
    _sync_folder(partial)
    earlier = set(read_manifest(folder)) if (folder / MANIFEST).exists() else set()
    partial.rename(folder / INCOMING)
    _sync_folder(folder)
    settle(folder, last=MANIFEST)
    for name in earlier - records.keys():
        (folder / name).unlink(missing_ok=True)


def _synced(path: Path) -> FileRecord:
    """The record of a file that is then on the disk."""
    digest = hashlib.sha256()
    with path.open("r+b") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
        os.fsync(file.fileno())
        size = file.tell()
    return FileRecord(name=path.name, size=size, sha256=digest.hexdigest())


def _checked(folder: Path, record: FileRecord) -> bytes:
    content = read_file(folder, record.name)
    if len(content) != record.size or hashlib.sha256(content).hexdigest() != record.sha256:
        raise ModelError(f"{folder / record.name} is damaged: it is not as the manifest says; copy the model again")
    return content


def _sync_folder(folder: Path) -> None:
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

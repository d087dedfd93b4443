"""The model folder: config.json, model.safetensors, tokenizer.json and manifest.json; no pickle, and all or nothing."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np
import safetensors
import safetensors.numpy

from carrousel.errors import ModelError
from carrousel.storage.incoming import place_of, replace_files
from carrousel.storage.manifest import (
    MANIFEST,
    FileRecord,
    is_plain_name,
    manifest_text,
    read_file,
    read_manifest,
    record_of,
)

CONFIG: Final = "config.json"
WEIGHTS: Final = "model.safetensors"
TOKENIZER: Final = "tokenizer.json"

Result = TypeVar("Result")


class StoredModel(NamedTuple):
    """What a model folder holds, checked against its manifest."""

    config: dict[str, Any]
    arrays: dict[str, np.ndarray]
    tokenizer: bytes | None


def save_folder(
    path: Path | str,
    *,
    config: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray],
    tokenizer: bytes | None = None,
    extra: Mapping[str, bytes] | None = None,
) -> None:
    """Write a model folder, whole or not at all.

    A save that dies at any point, for want of disk or of power, leaves the model that was there before or the new one.
    Whatever else lies in the folder stays, but for files of the replaced model that the new one lacks.

    Args:
        path: the folder; made if need be. A model that stands there is replaced.
        config: what `config.json` is to hold; JSON values only.
        arrays: what `model.safetensors` is to hold, by name.
        tokenizer: what `tokenizer.json` is to hold.
        extra: further files by plain name; they stand in the manifest too.

    Raises:
        ModelError: a name or a value that cannot be stored, files of something else in the way, or a disk that refuses.
    """
    folder = Path(path)
    files = _contents(config, arrays, tokenizer, extra or {})
    replaced = _records_replaced(folder, files)
    files[MANIFEST] = manifest_text({name: record_of(name, content) for name, content in files.items()})
    try:
        replace_files(folder, files, last=MANIFEST)
        for name in replaced - files.keys():
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        name = Path(error.filename or folder).name
        raise ModelError(
            f"{name} of the model {folder} could not be written: {error.strerror}; an earlier model there is unharmed"
        ) from error


def load_folder(path: Path | str) -> StoredModel:
    """Read a model folder, checking the size and digest of every file that the manifest lists.

    Raises:
        ModelError: the folder is missing, broken or of another kind; the message names the file.
    """
    folder = Path(path)
    contents = _while_unchanged(folder, lambda records: {name: _checked(folder, records[name]) for name in records})
    return StoredModel(
        config=_parsed_config(folder / CONFIG, contents[CONFIG]),
        arrays=_parsed_arrays(folder / WEIGHTS, contents[WEIGHTS]),
        tokenizer=contents.get(TOKENIZER),
    )


def verify_folder(path: Path | str) -> tuple[FileRecord, ...]:
    """Compare every file with the manifest; the records of the files, all of which are sound.

    Raises:
        ModelError: as for `load_folder`; several files that are wrong are all named.
    """
    folder = Path(path)

    def compare(records: dict[str, FileRecord]) -> tuple[FileRecord, ...]:
        faults = []
        for record in records.values():
            try:
                _checked(folder, record)
            except ModelError as error:
                faults.append(str(error))
        if faults:
            raise ModelError("; ".join(faults))
        return tuple(records.values())

    return _while_unchanged(folder, compare)


def _while_unchanged(folder: Path, read: Callable[[dict[str, FileRecord]], Result]) -> Result:
    """What `read` makes of the folder's records; once more when a save came in between."""
    while True:
        records = _required(folder, read_manifest(folder))
        try:
            return read(records)
        except ModelError:
            if read_manifest(folder) == records:
                raise


def _records_replaced(folder: Path, files: Mapping[str, bytes]) -> set[str]:
    """The names in the manifest of the model that stands there; empty where there is none."""
    if place_of(folder, MANIFEST, last=MANIFEST).is_file():
        try:
            return set(read_manifest(folder))
        except ModelError:
            return set()
    strangers = [name for name in files if (folder / name).exists()]
    if strangers:
        raise ModelError(f"{folder} holds {strangers[0]} and is no model folder; choose another name for the model")
    return set()


def _contents(
    config: Mapping[str, Any], arrays: Mapping[str, np.ndarray], tokenizer: bytes | None, extra: Mapping[str, bytes]
) -> dict[str, bytes]:
    """Every file by name."""
    try:
        text = json.dumps(config, indent=1, sort_keys=True, allow_nan=False) + "\n"
    except (TypeError, ValueError) as error:
        raise ModelError(f"{CONFIG} holds JSON values only: {error}") from error
    solid = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    files = {CONFIG: text.encode(), WEIGHTS: safetensors.numpy.save(solid)}
    if tokenizer is not None:
        files[TOKENIZER] = tokenizer
    for name, content in extra.items():
        if not is_plain_name(name) or name in {*files, TOKENIZER}:
            raise ModelError(f"a model folder cannot take a further file called {name!r}; choose another plain name")
        files[name] = content
    return files


def _required(folder: Path, records: dict[str, FileRecord]) -> dict[str, FileRecord]:
    for name in (CONFIG, WEIGHTS):
        if name not in records:
            raise ModelError(f"{folder / MANIFEST} does not list {name}, which every model has")
    return records


def _checked(folder: Path, record: FileRecord) -> bytes:
    """The content of a file that is as the manifest says."""
    content = read_file(folder, record.name)
    path = folder / record.name
    if len(content) != record.size:
        raise ModelError(
            f"{path} is {len(content)} bytes long where the manifest says {record.size}; copy the model again"
        )
    if record_of(record.name, content) != record:
        raise ModelError(f"{path} is damaged: its sha256 is not the manifest's; copy the model again")
    return content


def _parsed_config(path: Path, content: bytes) -> dict[str, Any]:
    try:
        config = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path} is no JSON: {error}") from error
    if not isinstance(config, dict):
        raise ModelError(f"{path} holds no mapping; this model was not written by carrousel")
    return config


def _parsed_arrays(path: Path, content: bytes) -> dict[str, np.ndarray]:
    try:
        return safetensors.numpy.load(content)
    except (safetensors.SafetensorError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path} holds no tensors that can be read: {error}") from error

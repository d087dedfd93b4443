"""The list of a model folder's files with the size and sha256 of each; it is written last and vouches for the rest."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from carrousel.errors import ModelError
from carrousel.storage.incoming import place_of

MANIFEST: Final = "manifest.json"
FORMAT: Final = 1
KIND: Final = "carrousel model folder"
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_KEYS: Final = {"files", "format", "kind", "sha256"}


@dataclass(frozen=True, kw_only=True)
class FileRecord:
    """What the manifest says of one file."""

    name: str
    """File name inside the folder, without any path."""
    size: int
    """Length in bytes."""
    sha256: str
    """Digest of the contents, 64 hexadecimal digits."""


def is_plain_name(name: str) -> bool:
    """Whether a file of a model folder may bear this name: letters, digits, `_.-`, and never a path."""
    return _PLAIN_NAME.fullmatch(name) is not None and name != MANIFEST


def record_of(name: str, content: bytes) -> FileRecord:
    """The record of a file with this content."""
    return FileRecord(name=name, size=len(content), sha256=hashlib.sha256(content).hexdigest())


def manifest_text(records: Mapping[str, FileRecord]) -> bytes:
    """The manifest as bytes, with a digest of its own, so that damage to it is never taken for damage to a file."""
    files = {name: {"sha256": record.sha256, "size": record.size} for name, record in sorted(records.items())}
    return _rendered({"files": files, "format": FORMAT, "kind": KIND})


def read_manifest(folder: Path) -> dict[str, FileRecord]:
    """The records of a folder's files, by name.

    Raises:
        ModelError: there is no folder, it holds no manifest, or the manifest is damaged, of another kind or of a
            format that this version does not know.
    """
    content = read_file(folder, MANIFEST)
    path = folder / MANIFEST
    try:
        parsed = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path} is damaged: it is no JSON; copy the model again") from error
    if not isinstance(parsed, dict) or parsed.get("kind") != KIND:
        raise ModelError(f"{path} is not the manifest of a {KIND}; give the folder of a model")
    if parsed.get("format") != FORMAT:
        wrote = parsed.get("format")
        raise ModelError(f"{path} is of format {wrote!r}, this version reads {FORMAT}; install the one that wrote it")
    if set(parsed) != _KEYS or _rendered({key: parsed[key] for key in _KEYS - {"sha256"}}) != content:
        raise ModelError(f"{path} is damaged: it is not as it was written; copy the model again")
    return {name: _record(path, name, entry) for name, entry in _mapping(path, parsed["files"]).items()}


def read_file(folder: Path, name: str) -> bytes:
    """The whole of one file.

    Raises:
        ModelError: the folder or the file is missing, or cannot be read; the message names it.
    """
    while True:
        path = place_of(folder, name, last=MANIFEST)
        try:
            return path.read_bytes()
        except (FileNotFoundError, NotADirectoryError) as error:
            if path == place_of(folder, name, last=MANIFEST):
                raise ModelError(_missing(folder, name)) from error
        except OSError as error:
            raise ModelError(f"{path} cannot be read: {error.strerror}") from error


def _missing(folder: Path, name: str) -> str:
    if not folder.exists():
        return f"there is no model at {folder}; give the folder of a model"
    if not folder.is_dir():
        return f"{folder} is a file, and a model is a folder with a {MANIFEST}"
    if name == MANIFEST:
        return f"{folder} is no model folder: it has no {MANIFEST}"
    return f"{folder / name} is missing, and the manifest lists it; copy the model again"


def _rendered(body: Mapping[str, object]) -> bytes:
    digest = hashlib.sha256(_dumped(body)).hexdigest()
    return _dumped({**body, "sha256": digest})


def _dumped(body: Mapping[str, object]) -> bytes:
    return (json.dumps(body, indent=1, sort_keys=True, ensure_ascii=True) + "\n").encode("ascii")


def _mapping(path: Path, value: object) -> Mapping[str, object]:
    if isinstance(value, dict):
        return value
    raise ModelError(f"{path} is damaged: its list of files is no mapping; copy the model again")


def _record(path: Path, name: str, entry: object) -> FileRecord:
    if not is_plain_name(name):
        raise ModelError(f"{path} lists {name!r}, which is no plain file name; this model was not written by carrousel")
    fields = _mapping(path, entry)
    size, sha256 = fields.get("size"), fields.get("sha256")
    if type(size) is not int or size < 0 or not isinstance(sha256, str) or _SHA256.fullmatch(sha256) is None:
        raise ModelError(f"{path} lists {name} without a size and a sha256; this model was not written by carrousel")
    return FileRecord(name=name, size=size, sha256=sha256)

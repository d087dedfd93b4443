"""Models of one form: those whose programs are the same, whatever numbers their arrays hold."""

import hashlib
import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from carrousel.errors import ModelError
from carrousel.storage.folder import CONFIG, WEIGHTS, StoredModel
from carrousel.storage.incoming import place_of
from carrousel.storage.manifest import MANIFEST, read_file, read_manifest

KIND: Final = "language model"
"""What `config.json` says under `model`."""
_SETTINGS: Final = ("vocabulary", "settings", "cell")
_DTYPES: Final = {"F32": "float32", "F64": "float64", "F16": "float16", "BF16": "bfloat16", "I32": "int32"}
_LONGEST: Final = 1 << 26
"""Bytes of a list of arrays."""


def stored_form(folder: Path) -> str | None:
    """The form of the language model in a folder; None where there is none, or a cell of its maker's own is run.

    Only the beginnings of files are looked at, and nothing is checked: whoever loads the model does that.
    """
    try:
        if WEIGHTS not in read_manifest(folder):
            return None
        return form_of(json.loads(read_file(folder, CONFIG)), _heading(place_of(folder, WEIGHTS, last=MANIFEST)))
    except (ModelError, OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def loaded_form(stored: StoredModel) -> str | None:
    """The form of a model that was loaded."""
    return form_of(stored.config, {name: (str(a.dtype), a.shape) for name, a in stored.arrays.items()})


def form_of(config: Any, arrays: Mapping[str, tuple[str, tuple[int, ...]]]) -> str | None:
    """The form of a model with such a `config.json`, and arrays of such kinds and shapes by name."""
    if not isinstance(config, dict) or config.get("model") != KIND:
        return None
    if isinstance(config.get("cell"), dict) and config["cell"].get("own"):
        return None
    facts = [{name: config.get(name) for name in _SETTINGS}, sorted(arrays.items())]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _heading(path: Path) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Kind and shape of each array in a file, from its beginning."""
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        if length > _LONGEST:
            raise ValueError(f"{path} begins with a length that cannot be")
        entries = json.loads(file.read(length))
    entries.pop("__metadata__", None)
    return {
        name: (_DTYPES.get(entry["dtype"], entry["dtype"]), tuple(entry["shape"])) for name, entry in entries.items()
    }

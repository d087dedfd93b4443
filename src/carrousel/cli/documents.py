"""What commands write for machines: one JSON document, of one form for all of them."""

import json
import math
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from carrousel.errors import SettingsError

FORM: Final = 1
"""Number of the form; it grows when a field is renamed or changes its meaning, not when one is added."""
STANDARD_OUTPUT: Final = "-"


def document(command: str, results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The document of a command: `results` has one entry for each thing it worked on, in their order.

    A figure that is no finite number is null.
    """
    return {"form": FORM, "command": command, "carrousel": _version(), "results": [_finite(entry) for entry in results]}


def write_document(place: str, command: str, results: Sequence[Mapping[str, Any]]) -> None:
    """Write the document to a file, or to the standard output for `-`; SettingsError where it cannot be written."""
    text = json.dumps(document(command, results), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    if place == STANDARD_OUTPUT:
        sys.stdout.write(text)
        return
    try:
        Path(place).write_text(text, encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{place} cannot be written: {error.strerror}") from error


def check_places(*places: Path | str | None) -> None:
    """See before long work that what comes of it can be written; SettingsError where a folder is missing."""
    for place in places:
        if place is None or place == STANDARD_OUTPUT:
            continue
        folder = Path(place).parent
        if not folder.is_dir():
            raise SettingsError(f"{place} cannot be written: there is no folder {folder}; make it first")
        if Path(place).is_dir():
            raise SettingsError(f"{place} cannot be written: it is a folder; give the name of a file")


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _finite(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _version() -> str | None:
    try:
        return version("carrousel")
    except PackageNotFoundError:
        return None

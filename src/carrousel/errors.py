"""Everything that Carrousel raises on purpose.

CarrouselError
├── CellError        a cell's equations or its row are wrong
├── ShapeError       an array has another shape or kind than the call needs
├── SettingsError    a setting has a value that cannot be
├── TextError        a text cannot be read or is too short; names the file, and the offset where there is one
├── DataError        a collection of data is absent, damaged or cannot be fetched
├── ModelError       a model folder is missing, broken or of another kind
├── TrainingError    a run cannot start, go on or resume
├── NgramError       counts that no estimate can be made from
│   └── ArpaError    a line of an ARPA file is wrong; names the line
└── MissingPackageError   an optional package is not installed; says how to install it
"""

import difflib
import importlib
from collections.abc import Iterable
from types import ModuleType


class CarrouselError(Exception):
    """One sentence: what was wanted, what came, the next step."""


class CellError(CarrouselError, ValueError):
    """A cell's equations or its row are wrong."""


class ShapeError(CarrouselError, ValueError):
    """An array has another shape or kind than the call needs."""


class SettingsError(CarrouselError, ValueError):
    """A setting has a value that cannot be."""


class TextError(CarrouselError, ValueError):
    """A text cannot be read or is too short."""


class DataError(CarrouselError, ValueError):
    """A collection of data is absent, damaged or cannot be fetched."""


class ModelError(CarrouselError, ValueError):
    """A model folder is missing, broken or of another kind."""


class TrainingError(CarrouselError, RuntimeError):
    """A run cannot start, go on or resume."""


class NgramError(CarrouselError, ValueError):
    """Counts that no estimate can be made from."""


class ArpaError(NgramError):
    """A line of an ARPA file is wrong."""


class MissingPackageError(CarrouselError, ImportError):
    """An optional package is not installed."""


def near(word: str, names: Iterable[str]) -> str:
    """`; did you mean …?` with the names that look like a word that nothing bears, or all of them where none does."""
    known = list(names)
    found = difflib.get_close_matches(word, known, n=3)
    return f"; did you mean {' or '.join(found)}?" if found else f"; there are {', '.join(known)}"


def require(package: str, *, extra: str) -> ModuleType:
    """The optional package, or one sentence that says how to install it."""
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise MissingPackageError(
            f"{package} is needed here and is not installed; pip install --editable '.[{extra}]', called where "
            "Carrousel's pyproject.toml lies, brings it"
        ) from error

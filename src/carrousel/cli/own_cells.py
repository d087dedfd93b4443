"""A cell of the user's own: `my_cells.py:mycell`, run because the call names it and for no other reason."""

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from carrousel.engine import Cell
from carrousel.errors import CellError


def own_cell(text: str) -> Cell | Callable[..., Any] | None:
    """The Cell or the function that `FILE.py:NAME` names; None for the name of a cell of the catalogue.

    Raises:
        CellError: there is no such file, it fails, or it has nothing of this name.
    """
    file, colon, name = text.rpartition(":")
    if not colon and text.endswith(".py"):
        raise CellError(f"{text} is a file, and a cell is a function in one; give {text}:NAME")
    if not colon:
        return None
    path = Path(file)
    if not path.is_file():
        raise CellError(f"there is no file {file} to take the cell {name} from; give FILE.py:NAME")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise CellError(f"{file} is no file of Python, and a cell is a function in one; give FILE.py:NAME")
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(path.stem, module)  # the engine reads the source of functions through their module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise CellError(f"{file} cannot be run: {type(error).__name__}: {error}") from error
    found = getattr(module, name, None)
    if not callable(found) and not isinstance(found, Cell):
        cells = [key for key, value in vars(module).items() if isinstance(value, Cell) or _is_own(value, module)]
        raise CellError(f"{file} has no cell {name}; it has {', '.join(cells) or 'none'}")
    return found


def _is_own(value: object, module: object) -> bool:
    """Whether a function was written in the module, not imported into it."""
    return callable(value) and getattr(value, "__module__", None) == getattr(module, "__name__", "")

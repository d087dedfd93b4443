"""What commands that use a model have in common: which argument is one, and how it is loaded."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from carrousel.cli.own_cells import own_cell
from carrousel.cli.stages import stages
from carrousel.engine import Cell
from carrousel.errors import SettingsError
from carrousel.model import Model, load
from carrousel.ngram.arpa_lines import is_arpa
from carrousel.storage.manifest import MANIFEST


def split_models(arguments: Sequence[str]) -> tuple[list[str], str | None]:
    """The models among the arguments, and the text: what is a model is a model, at most one other is the text.

    Raises:
        SettingsError: two texts.
    """
    models = [argument for argument in arguments if is_model(argument)]
    texts = [argument for argument in arguments if not is_model(argument)]
    if not models and texts:  # let the first argument say what it lacks to be a model
        return texts[:1], texts[1] if len(texts) > 1 else None
    if len(texts) > 1:
        raise SettingsError(f"{texts[1]} is no model, and {texts[0]} is the text already; give one text")
    return models, texts[0] if texts else None


def is_model(argument: str) -> bool:
    """Whether an argument names a model: a folder with a manifest, or an ARPA file; `-` and `builtin:…` are text."""
    if argument == "-" or argument.startswith("builtin:"):
        return False
    path = Path(argument)
    return (path / MANIFEST).is_file() or (path.is_file() and is_arpa(path))


def load_model(path: str, cell: str | None) -> Model:
    """The model of a folder or an ARPA file; `cell` is `FILE.py:NAME` for one that runs a cell of its maker's own.

    Raises:
        SettingsError: the cell is given as a name alone.
        ModelError: the folder is missing, broken or of another kind, or needs a cell.
        ArpaError: a line of the file is wrong.
        CellError: the cell's file cannot be run.
    """
    with stages() as report:
        return load(path, cells=own_cells(cell), report=report)


def own_cells(cell: str | None) -> tuple[Cell | Callable[..., Any], ...]:
    """The cell of its maker's own that `FILE.py:NAME` names; none where none is given.

    Raises:
        SettingsError: a name alone.
    """
    found = None if cell is None else own_cell(cell)
    if cell is not None and found is None:
        raise SettingsError(f"--cell gives the function of a cell, FILE.py:NAME, and {cell!r} is a name alone")
    return () if found is None else (found,)

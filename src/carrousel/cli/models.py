"""What commands that use a model have in common: which argument is one, and how it is loaded."""

from collections.abc import Sequence
from pathlib import Path

from carrousel.cli.own_cells import own_cell
from carrousel.errors import SettingsError
from carrousel.model import Model, load
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
    """Whether an argument names a model; `-` and `builtin:…` are always text."""
    if argument == "-" or argument.startswith("builtin:"):
        return False
    return (Path(argument) / MANIFEST).is_file()


def load_model(path: str, cell: str | None) -> Model:
    """The model of a folder; `cell` is `FILE.py:NAME` for one that runs a cell of its maker's own.

    Raises:
        SettingsError: the cell is given as a name alone.
        ModelError: the folder is missing, broken or of another kind, or needs a cell.
        CellError: the cell's file cannot be run.
    """
    if cell is None:
        return load(path)
    found = own_cell(cell)
    if found is None:
        raise SettingsError(f"--cell gives the function of a cell, FILE.py:NAME, and {cell!r} is a name alone")
    return load(path, cells=(found,))

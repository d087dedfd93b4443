"""A cell by what a caller has of it: a name, a Cell, or a function."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any

from carrousel.engine import Cell
from carrousel.errors import CellError


def find_cell(cell: str | Cell | Callable[..., Any]) -> Cell:
    """The cell that is meant.

    Args:
        cell: a name of the catalogue, a Cell, or a function in the language of cells.

    Raises:
        CellError: the catalogue has no cell of that name; names the near ones.
    """
    if isinstance(cell, Cell):
        return cell
    if not isinstance(cell, str):
        return Cell(cell)
    from carrousel.cells import CELLS  # noqa: PLC0415 - the table imports this file

    if cell not in CELLS:
        near = difflib.get_close_matches(cell, CELLS, n=3, cutoff=0.4)
        meant = f"; near it are {', '.join(near)}" if near else ""
        raise CellError(f"the catalogue has no cell {cell!r}{meant}; `carrousel cells` lists all")
    return CELLS[cell]

"""A folder of pages, one a cell and an index, made from the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from carrousel.cells import CELLS
from carrousel.engine.card import make_card, size_of_x
from carrousel.errors import CellError
from carrousel.inspection.cell_pages.costs import Costs
from carrousel.inspection.cell_pages.index import index_page
from carrousel.inspection.cell_pages.page import INDEX, cell_page


def _nobody(name: str) -> None:
    """Hear of a cell and do nothing."""


def write_cell_pages(
    folder: Path, *, inputs: int, hidden: int, costs: Costs, told: Callable[[str], None] = _nobody
) -> int:
    """Write a page for each cell of the catalogue, and the index.

    Args:
        folder: made where it is not there.
        inputs: the size of x where a cell demands no other.
        hidden: the hidden size.
        costs: what cells cost.
        told: called with each cell's name before its page is made.

    Returns:
        How many pages of cells were written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    cards, failed = [], {}
    for cell in CELLS.values():
        told(cell.name)
        try:
            card = make_card(cell, inputs=size_of_x(cell, inputs=inputs, hidden=hidden), hidden=hidden)
        except CellError as error:
            failed[cell.name] = str(error)
            continue
        cell_page(card, costs).write(folder / f"{cell.name}.html")
        cards.append(card)
    index_page(cards, costs, failed).write(folder / INDEX)
    return len(cards)

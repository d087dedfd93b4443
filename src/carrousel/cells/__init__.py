"""The catalogue: one idea a file, equations only."""

from carrousel.cells.catalogue import CELLS, find_cell

__all__ = ["CELLS", "find_cell"]

"""The catalogue: one idea a file, equations only."""

from carrousel.cells.catalogue import find_cell
from carrousel.cells.lstm import LSTM

CELLS = {cell.name: cell for cell in (LSTM,)}

__all__ = ["CELLS", "find_cell"]

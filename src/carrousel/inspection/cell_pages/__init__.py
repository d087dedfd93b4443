"""The catalogue as pages: one a cell, an index, and what is not in it."""

from carrousel.inspection.cell_pages.costs import Costs, read_costs
from carrousel.inspection.cell_pages.index import index_page, index_text
from carrousel.inspection.cell_pages.page import cell_page
from carrousel.inspection.cell_pages.writing import write_cell_pages

__all__ = ["Costs", "cell_page", "index_page", "index_text", "read_costs", "write_cell_pages"]

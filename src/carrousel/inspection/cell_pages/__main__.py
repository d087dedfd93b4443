"""The published list of cells: `python -m carrousel.inspection.cell_pages > docs/cells.md`."""

from carrousel.inspection.cell_pages.index import index_text

print(index_text(), end="")  # noqa: T201 - this is a program

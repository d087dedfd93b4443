"""The published table of outside checks: `python -m tests.oracles.table > docs/outside-checks.md`."""

from tests.oracles import gru_cells, libraries, lstm_cells, plain_cells
from tests.oracles.registry import CHECKS

MODULES = (gru_cells, libraries, lstm_cells, plain_cells)
HEAD = """# What holds each cell from outside

Every cell of the catalogue is its equations, written once, and is compared with something that is not its own file:
the same cell of another library with copied weights, a closed form or a number of its paper, or another cell that it
becomes for some weights. The checks run with the tests, in `tests/oracles`.

| cell | kind | against |
| --- | --- | --- |
"""


def page() -> str:
    """The page in Markdown, a row a check, by the cells' names."""
    rows = sorted((check.cell, check.kind, check.against) for check in CHECKS)
    return HEAD + "".join(f"| {' | '.join(row)} |\n" for row in rows)


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201 - this is a script

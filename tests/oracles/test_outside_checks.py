"""Every cell is held by something outside its own file, and the published table says by what."""

from collections import Counter
from pathlib import Path

import pytest

from tests.needed import needed

needed("torch")
needed("torchrecurrent")

from carrousel.cells import CELLS  # noqa: E402 - what they import is there now
from tests.oracles import gru_cells, libraries, lstm_cells, plain_cells, table  # noqa: E402 - what they import is there now
from tests.oracles.registry import CHECKS  # noqa: E402 - what they import is there now

pytestmark = pytest.mark.oracle
MODULES = (gru_cells, libraries, lstm_cells, plain_cells)
PUBLISHED = Path(__file__).parents[2] / "docs" / "outside-checks.md"


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.cell)
def test_a_cell_agrees_with(check):
    check.run()


def test_every_cell_has_an_outside_check():
    assert {check.cell for check in CHECKS} == set(CELLS)


def test_at_least_forty_cells_are_held_by_a_library_or_by_numbers():
    assert Counter(check.kind == "identity" for check in CHECKS)[False] >= 40


def test_the_published_table_is_that_of_the_checks():
    assert PUBLISHED.read_text() == table.page()

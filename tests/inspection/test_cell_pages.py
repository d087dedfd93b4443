"""A page a cell, and what stands on it."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from carrousel.cells import CELLS, find_cell
from carrousel.cells.catalogue import SHARED_NAMES
from carrousel.cli import app
from carrousel.engine.card import make_card, size_of_x
from carrousel.errors import SettingsError
from carrousel.inspection.cell_pages import cell_page, index_text, read_costs, write_cell_pages, writing
from carrousel.inspection.cell_pages.libraries import CONVENTIONS, LEFT_OUT, LIBRARIES, names

PUBLISHED = Path(__file__).parents[2] / "docs" / "cells.md"
FEW = ("lstm", "gru", "gru-reset-before", "phased-lstm")


class Seen(HTMLParser):
    """The text of a page, its elements and its links."""

    def __init__(self, page):
        super().__init__()
        self.text, self.tags, self.links = "", [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.links += [value for name, value in attributes if name in ("href", "src")]

    def handle_data(self, data):
        self.text += data


def seen(name, costs=None):
    cell = find_cell(name)
    card = make_card(cell, inputs=size_of_x(cell, inputs=6, hidden=8), hidden=8)
    return Seen(cell_page(card, costs).html())


@pytest.fixture
def costs(tmp_path):
    result = {
        "says": "forward and backward",
        "machine": {"processor": "a processor", "cores": 1, "commit": "abc"},
        "rows": [{"cell": "gru", "ratio": 0.753}, {"cell": "lstm", "ratio": 1.0}],
    }
    (tmp_path / "costs.json").write_text(json.dumps(result))
    return tmp_path / "costs.json"


def test_a_page_has_equations_facts_drawing_plan_names_and_cost(costs):
    page = seen("gru", read_costs(costs))
    for part in (
        "Cho, van Merriënboer",
        "with the biases of cuDNN",  # departures in words
        "h: 8",
        "3·hidden·inputs + 3·hidden² + 4·hidden = 368",
        "1 hoisted product, 1 product a step",
        "products of the state in every step",
        "0.75 times the LSTM's",
        "nn.GRU",
        "before: Keras with reset_after=False",
        "def gru(",
    ):
        assert part in page.text
    assert {"math", "svg", "mfrac", "mrow"} & set(page.tags) >= {"math", "svg"}
    assert all(link.startswith(("#", "data:")) or link.endswith(".html") for link in page.links)  # nothing from outside


def test_a_page_without_costs_says_nothing_of_them_and_options_and_inputs_stand_in_the_facts():
    text = seen("phased-lstm").text
    assert "measured cost" not in text
    assert "further inputs of a step" in text
    assert "options" in text


def test_the_set_has_a_page_a_cell_and_an_index_that_links_them(monkeypatch, tmp_path, costs):
    monkeypatch.setattr(writing, "CELLS", {name: CELLS[name] for name in FEW})
    told = []
    how = {"inputs": 6, "hidden": 8, "costs": read_costs(costs)}
    assert write_cell_pages(tmp_path / "pages", told=told.append, **how) == len(FEW)
    assert {path.name for path in (tmp_path / "pages").iterdir()} == {*(f"{name}.html" for name in FEW), "index.html"}
    assert told == list(FEW)
    index = Seen((tmp_path / "pages" / "index.html").read_text())
    assert {f"{name}.html" for name in FEW} <= set(index.links)
    assert "convolutional LSTMs" in index.text
    assert "0.75" in index.text


def test_cells_that_cannot_have_the_size_are_named_in_the_index(monkeypatch, tmp_path):
    monkeypatch.setattr(writing, "CELLS", {name: CELLS[name] for name in ("elman", "slstm")})
    assert write_cell_pages(tmp_path, inputs=5, hidden=5, costs=read_costs(None)) == 1
    assert "slstm has no page at this size" in Seen((tmp_path / "index.html").read_text()).text


def test_the_command_writes_one_page(tmp_path, capsys):
    assert app.call(["cells", "elman", "--pages", str(tmp_path), "--hidden", "8"]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["elman.html"]
    assert app.call(["cells", "--costs", "x.json"]) == 2
    assert "name their folder with --pages" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["{}", "no json", '{"says": 1, "rows": []}'])
def test_a_file_without_costs_is_refused(tmp_path, content):
    (tmp_path / "costs.json").write_text(content)
    with pytest.raises(SettingsError, match="has no costs of cells; carrousel bench cells-cost"):
        read_costs(tmp_path / "costs.json")


def test_every_cell_that_the_tables_name_is_in_the_catalogue():
    named = [*LIBRARIES.values(), *(convention.cells for convention in CONVENTIONS)]
    assert {name for cells in named for name in cells} <= set(CELLS)


def test_names_that_mean_several_cells_are_told_apart():
    told = [set(convention.cells) for convention in CONVENTIONS]
    for cells in SHARED_NAMES.values():
        assert any(set(cells) <= sides for sides in told)
    for cells in (
        {"gru", "gru-reset-before"},
        {"layer-norm-lstm", "layer-norm-lstm-gatewise", "layer-norm-lstm-stored"},
        {"peephole-lstm"},
    ):
        assert any(cells <= sides for sides in told)


def test_a_row_of_the_cell_goes_before_the_table_of_libraries():
    assert names(CELLS["lem"])["torchrecurrent"] == CELLS["lem"].aka["torchrecurrent"]
    assert names(CELLS["lem"])["RecurrentLayers.jl"] == "LEM"


def test_what_was_left_out_has_its_reason():
    assert all(what and why and not why.endswith(".") for what, why in LEFT_OUT)


def test_the_published_list_is_that_of_the_catalogue():
    assert PUBLISHED.read_text() == index_text()
    rows = re.findall(r"^\| ([a-z0-9-]+) \|", index_text(), re.MULTILINE)
    assert [row for row in rows if row in CELLS] == list(CELLS)

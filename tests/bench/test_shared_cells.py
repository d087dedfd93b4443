"""Cells beside other libraries: nothing is timed before values agree, and the published page is that of the results."""

from dataclasses import replace
from pathlib import Path

import pytest

from carrousel.bench.cell_costs import run_costs
from carrousel.bench.flax_peers import flax_sides
from carrousel.bench.result import Result, Row
from carrousel.bench.shared_cells import check, run_torchrecurrent
from carrousel.bench.speed_page import speed_page
from carrousel.bench.torch_peers import torch_sides
from carrousel.bench.torchrecurrent_peers import torchrecurrent_sides
from carrousel.bench.torchrecurrent_table import OTHERS, PEERS
from carrousel.cells import CELLS
from carrousel.errors import CarrouselError
from tests.needed import needed

ROOT = Path(__file__).parents[2]
SMALL = (3, 2, 4)

oracle = pytest.mark.oracle


def side(sides, cell, peer=""):
    return next(s for s in sides if s.cell == cell and peer in s.peer)


@oracle
def test_a_peer_that_gives_other_values_is_not_timed():
    needed("torchrecurrent")
    wrong = replace(side(torchrecurrent_sides(), "sgrn"), make=side(torchrecurrent_sides(), "atr").make)
    with pytest.raises(CarrouselError, match=r"sgrn with its letters in torchrecurrent SGRN gives other values"):
        check(wrong, threads=1)


@oracle
@pytest.mark.parametrize("cell", ["lstm", "gru", "elman"])
def test_torch_gives_our_values_with_our_letters(cell):
    needed("torch")
    check(side(torch_sides(), cell), threads=1)


@oracle
@pytest.mark.parametrize(("cell", "peer"), [("lstm", "Optimized"), ("gru", "GRUCell")])
def test_flax_gives_our_values_with_our_letters(cell, peer):
    needed("flax")
    check(side(flax_sides(), cell, peer), threads=1)


@oracle
def test_a_run_has_a_row_for_each_size_and_pass_and_the_cell_in_the_middle():
    needed("torchrecurrent")
    result = run_torchrecurrent(rounds=1, threads=1, sizes=[(3, 1, 4)], cells=["brc"])
    assert [row.name for row in result.rows] == [
        "median at B1, forward",
        "median at B1, backward",
        "brc / torchrecurrent BR, T3 B1 H4 forward",
        "brc / torchrecurrent BR, T3 B1 H4 backward",
    ]
    assert [row.bar for row in result.rows] == [0.1, 0.1, 1 / 1.2, 1 / 1.2]
    assert all(row.ratio > 0 for row in result.rows)


def test_every_cell_that_torchrecurrent_has_is_compared():
    assert len(PEERS) + len(OTHERS) == 41
    assert {*PEERS, *OTHERS} <= set(CELLS)


def test_costs_are_relative_to_the_lstm_whatever_a_cell_reads():
    result = run_costs(rounds=1, threads=1, cells=["phased-lstm", "mut-1"], size=SMALL)
    assert [row.figures["cell"] for row in result.rows] == ["phased-lstm", "mut-1"]
    assert all(row.ratio > 0 for row in result.rows)


def row(cell, ratio, *, batch=1, what="forward", bar=0.8, **more):
    figures = {"cell": cell, "peer_name": "torchrecurrent X", "batch": batch, "hidden": 128, "pass": what, **more}
    return Row(name=cell, ratio=ratio, bar=bar, figures=figures)


def test_the_page_shows_times_as_fast_and_marks_what_falls_short(tmp_path):
    rows = [
        row(cell, ratio, batch=b, what=w)
        for cell, ratio in (("mgu", 0.05), ("atr", 0.9))
        for b in (1, 32)
        for w in ("forward", "backward")
    ]
    rows.append(row("lem", 0.5, differs="it reads the old z"))
    machine = {"processor": "a processor", "load": 0.5, "commit": "abc", "versions": {"jax": "1", "torch": "2"}}
    says = "time of ours / the peer's, 3 rounds"
    Result(case="c", says=says, rows=rows, machine=machine).write(tmp_path / "cells-torchrecurrent-one-core.json")
    page = speed_page(tmp_path)
    assert "| mgu | torchrecurrent X | 20.0 |" in page
    assert "| atr | torchrecurrent X | **1.11** |" in page
    assert "lem there: it reads the old z." in page
    assert "3 cells, batch 1, times as fast in the middle: forward 2.0 (least 1.11), backward 10.6 (least 1.11)" in page


def test_the_published_page_is_that_of_the_results():
    assert (ROOT / "docs" / "cells-speed.md").read_text() == speed_page(ROOT / "benchmarks" / "results")

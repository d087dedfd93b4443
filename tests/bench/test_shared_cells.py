"""Cells beside other libraries: nothing is timed before values agree, and the published page is that of the results."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from carrousel.bench import shared_cells
from carrousel.bench.cell_costs import run_costs
from carrousel.bench.flax_peers import flax_sides
from carrousel.bench.keras_peers import keras_weights
from carrousel.bench.onnxruntime_peers import onnx_weights
from carrousel.bench.result import Result, Row
from carrousel.bench.shared_cells import run_onnxruntime, run_torchrecurrent
from carrousel.bench.sides import Calls, Side, check
from carrousel.bench.speed_page import speed_page
from carrousel.bench.speed_pictures import pictures
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


def test_a_peer_that_gives_our_values_without_biases_alone_is_not_timed():
    """Biases start at zero, so that their place in a peer would go unseen were they not drawn."""

    def make(xs, hidden, *, threads):
        def outputs(letters):
            h, ys = np.zeros((xs.shape[1], hidden)), []
            for x in xs:
                h = np.tanh(x @ np.asarray(letters["W.h"]).T + h @ np.asarray(letters["U.h"]).T)
                ys.append(h)
            return np.stack(ys)

        return Calls(lambda: None, None, outputs)

    with pytest.raises(CarrouselError, match="elman with its letters in biasless gives other values"):
        check(Side(cell="elman", peer="biasless", make=make, bar=lambda batch, hidden: 1.0), threads=1)


def test_a_peer_that_cannot_train_is_timed_forward_alone(monkeypatch):
    side = Side(cell="elman", peer="p", make=lambda *_, **__: Calls(lambda: None, None, None), bar=lambda *_: 1.0)
    monkeypatch.setattr(shared_cells, "onnxruntime_sides", lambda: [side])
    rows = run_onnxruntime(rounds=1, threads=1, sizes=[(3, 1, 4)]).rows
    assert [row.figures["pass"] for row in rows] == ["forward"]


def letters(gates, further=""):
    """Each letter full of a number of its own: W.i is 1, W.f 2, …, U.i 11, …, b.i 21, …, b.hn 30."""
    shapes = {"W": (2, 3), "U": (2, 2), "b": (2,)}
    made = {
        f"{space}.{gate}": np.full(shapes[space], 10 * k + n + 1)
        for k, space in enumerate("WUb")
        for n, gate in enumerate(gates)
    }
    return made | ({further: np.full(2, 30)} if further else {})


def test_keras_has_our_letters_in_its_order():
    kernel, recurrent, bias = keras_weights("LSTM", letters("ifgo"))
    assert (kernel.shape, recurrent.shape) == ((3, 8), (2, 8))
    assert (kernel[0].tolist(), bias.tolist()) == ([1, 1, 2, 2, 3, 3, 4, 4], [21, 21, 22, 22, 23, 23, 24, 24])
    kernel, _, bias = keras_weights("GRU", letters("rzn", "b.hn"))
    assert kernel[0].tolist() == [2, 2, 1, 1, 3, 3]
    assert bias.tolist() == [[22, 22, 21, 21, 23, 23], [0, 0, 0, 0, 30, 30]]


def test_onnx_has_our_letters_in_its_order():
    made = onnx_weights("LSTM", letters("ifgo"))
    assert {name: array.shape for name, array in made.items()} == {"W": (1, 8, 3), "R": (1, 8, 2), "B": (1, 16)}
    assert made["W"][0, :, 0].tolist() == [1, 1, 4, 4, 2, 2, 3, 3]
    assert made["R"][0, :, 0].tolist() == [11, 11, 14, 14, 12, 12, 13, 13]
    bias = onnx_weights("GRU", letters("rzn", "b.hn"))["B"][0].tolist()
    assert bias == [22, 22, 21, 21, 23, 23, 0, 0, 0, 0, 30, 30]


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
    assert "](pictures/torchrecurrent-one-core.svg)" in page
    assert "| mgu | torchrecurrent X | 20.0 |" in page
    assert "| atr | torchrecurrent X | **1.11** |" in page
    assert "lem there: it reads the old z." in page
    assert "3 cells, batch 1, times as fast in the middle: forward 2.0 (least 1.11), backward 10.6 (least 1.11)" in page


def test_the_published_page_and_its_pictures_are_those_of_the_results():
    results, docs = ROOT / "benchmarks" / "results", ROOT / "docs"
    assert (docs / "cells-speed.md").read_text() == speed_page(results)
    drawn = {f"{name}.svg": picture.svg() + "\n" for name, picture in pictures(results).items()}
    published = {path.name: path.read_text() for path in (docs / "pictures").glob("*.svg")}
    assert published.keys() >= drawn.keys()
    assert {name: published[name] for name in drawn} == drawn


def test_every_comparison_has_its_mark_on_a_picture(tmp_path):
    rows = [
        row("lstm", ratio, what=what, bar=None, peer_name=peer)
        for peer, ratio in (("keras LSTM", 0.5), ("onnxruntime LSTM", 4.0))
        for what in ("forward", "backward")
    ]
    Result(case="c", says="", rows=rows, machine={}).write(tmp_path / "cells-keras-2-cores.json")
    picture = pictures(tmp_path)["cells-2-cores"]
    assert picture.rows == {
        "keras LSTM": {"B1 H128 forward": 2.0, "B1 H128 and gradient": 2.0},
        "onnxruntime LSTM": {"B1 H128 forward": 0.25, "B1 H128 and gradient": 0.25},
    }

"""Scaling: powers are fitted, and memory is what the formula says, by XLA's own account."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from carrousel.bench.result import Result, Row
from carrousel.bench.scaled_model import Size, predicted_gradient, train
from carrousel.bench.scaling import Axis, fit_power, held_by_each, run_scaling
from carrousel.bench.scaling_page import scaling_page, scaling_pictures

ROOT = Path(__file__).parents[2]
SMALL = Size(vocabulary=100, hidden=32, time=20, batch=8)


def test_a_power_is_the_slope_of_a_line_through_logarithms():
    assert fit_power([1, 10, 100], [3, 300, 30_000]) == pytest.approx(2)


def test_every_size_of_an_axis_is_timed_and_its_memory_is_predicted():
    rows = run_scaling(rounds=1, threads=1, axes={"layers": Axis(SMALL, (1, 2), 1.0)}, cells=(), processes=False).rows
    assert [row.name for row in rows] == ["power of layers", "layers 1", "layers 2"]
    power, *sizes = rows
    assert power.bar == pytest.approx(1.1)
    assert [row.figures["size"] for row in sizes] == [1, 2]
    assert all(row.figures["median_ms"] > 0 for row in sizes)
    assert all(row.figures["predicted_MiB"] > 0 for row in sizes)
    assert all(row.ratio >= 1 for row in sizes)


def test_what_each_of_two_devices_holds_is_what_the_formula_says_of_half_a_batch(monkeypatch):
    """By XLA's own account, in the order of operations that it takes by itself; that of these tests keeps less."""
    monkeypatch.setenv("XLA_FLAGS", "--xla_backend_optimization_level=0")
    size = Size(cell="mgu", vocabulary=100, hidden=32, time=20, batch=16, layers=2)
    assert predicted_gradient(replace(size, batch=8)) == pytest.approx(held_by_each(size, 2), rel=0.15)


def test_what_a_process_of_its_own_trains_has_a_loss():
    size = Size(vocabulary=5, hidden=4, time=3, batch=2)
    assert train(size, updates=1) == pytest.approx(3 * math.log(5), rel=0.3)


def test_the_published_page_and_its_pictures_are_those_of_the_results():
    results, docs = ROOT / "benchmarks" / "results", ROOT / "docs"
    assert (docs / "scaling.md").read_text() == scaling_page(results)
    for name, picture in scaling_pictures(results).items():
        assert (docs / "pictures" / f"{name}.svg").read_text() == picture.svg() + "\n"


def test_the_page_shows_powers_and_marks_what_is_missed(tmp_path):
    grown = {"axis": "time", "expected_at_most": 1.0, "between_the_last_two": 1.5}
    rows = [Row(name="power of time", ratio=1.25, bar=1.1, figures=grown)]
    for size, ms, measured in ((10, 1.0, 2.0), (100, 20.0, 5.0)):
        figures = {"axis": "time", "size": size, "median_ms": ms, "predicted_MiB": 2.0, "measured_MiB": measured}
        rows.append(Row(name=f"time {size}", ratio=measured / 2, bar=1.15, figures=figures))
    machine = {"processor": "p", "load": 0, "commit": "c", "versions": {}}
    Result(case="scaling", says="", rows=rows, machine=machine).write(tmp_path / "scaling-one-core.json")
    page = scaling_page(tmp_path)
    assert "| time | 10, 100 | 1, 20 | **1.25** | 1.50 | 1.1 |" in page
    assert "| time 10 | 2 | 2 | 1.00 |\n| time 100 | 2 | 5 | **0.40** |" in page
    drawn = scaling_pictures(tmp_path)
    assert drawn["scaling-time-one-core"].curves == {"time": [(1, 1), (10, 20)]}
    assert drawn["scaling-memory-one-core"].rows == {"time": {"smallest": 1.0, "second": 0.4}}

"""Scaling: powers are fitted, and memory is what the formula says, by XLA's own account."""

import math
from dataclasses import replace

import pytest

from carrousel.bench.scaled_model import Size, predicted, train
from carrousel.bench.scaling import Axis, fit_power, held_by_each, run_scaling

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
    assert predicted(replace(size, batch=8)) == pytest.approx(held_by_each(size, 2), rel=0.15)


def test_what_a_process_of_its_own_trains_has_a_loss():
    size = Size(vocabulary=5, hidden=4, time=3, batch=2)
    assert train(size, updates=1) == pytest.approx(3 * math.log(5), rel=0.3)

"""How the cost of a language model's gradient grows along each axis, and its memory beside what a formula predicts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import jax
import numpy as np

from carrousel.bench.processes import spend
from carrousel.bench.result import Result, Row
from carrousel.bench.scaled_model import Size, compile_gradient, held_bytes, predicted, predicted_gradient
from carrousel.bench.timing import Timing, clock_for, interleave, unit
from carrousel.errors import CarrouselError


class Axis(NamedTuple):
    """One size that grows while the others stay."""

    base: Size
    values: tuple[int, ...]
    power: float
    """What the cost grows with at most, as a power of the size."""


AXES: Final[Mapping[str, Axis]] = MappingProxyType(
    {
        "time": Axis(Size(vocabulary=100, hidden=64, batch=1), (100, 1_000, 10_000, 100_000), 1.0),
        "hidden": Axis(Size(), (64, 128, 256, 512, 1024), 2.0),
        "batch": Axis(Size(), (1, 4, 16, 64, 256), 1.0),
        "vocabulary": Axis(Size(), (1_000, 10_000, 100_000), 1.0),
        "layers": Axis(Size(), (1, 2, 4, 8), 1.0),
    }
)
CELLS: Final = ("gru", "elman", "peephole-lstm", "mgu")
"""Cells whose memory is compared too, beside the LSTM of all axes."""
ALLOWED: Final = 0.1
"""A power may be so much greater than what is expected."""
OFF: Final = 0.15
"""Predicted and measured memory may be apart by this share."""
DEVICES: Final = (1, 2, 4)
LARGE, TINY = Size(vocabulary=10_000, hidden=512, batch=64, layers=2), Size(vocabulary=10, hidden=8, time=2, batch=1)
"""What a process of its own trains, and what is taken off of it: the interpreter and all that is imported."""


def run_scaling(
    *,
    rounds: int,
    threads: int,
    axes: Mapping[str, Axis] = AXES,
    cells: Sequence[str] = CELLS,
    processes: bool = True,
) -> Result:
    """Time the gradient along every axis, fit a power of the size, and compare memory with the formula.

    Args:
        rounds: turns of each size; the sizes of an axis take turns.
        threads: chooses the clock.
        axes: name -> what grows.
        cells: cells whose memory is compared beside that of the axes.
        processes: also look at processes of their own: several devices, and resident memory.
    """
    rows: list[Row] = []
    clock = clock_for(threads)
    for name, axis in axes.items():
        rows += _axis(name, axis, rounds=rounds, clock=clock)
        jax.clear_caches()
    rows += [_memory(f"cell {cell}", replace(Size(), cell=cell)) for cell in cells]
    if processes:
        rows += [_device(count) for count in DEVICES]
        rows.append(_resident())
    says = (
        f"{unit(threads)} of a language model's gradient, float32; the ratio is the power of the size that it grows "
        f"with; of memory, the greater of predicted and measured / the lesser; {rounds} rounds"
    )
    return Result(case="scaling", says=says, rows=rows)


def fit_power(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """The power of the size that costs grow with: the slope of a line through their logarithms by least squares."""
    slope, _ = np.polyfit(np.log(sizes), np.log(costs), 1)
    return float(slope)


def _axis(name: str, axis: Axis, *, rounds: int, clock: Callable[[], float]) -> list[Row]:
    runs: dict[str, Callable[[], object]] = {}
    rows = []
    for value in axis.values:
        size = replace(axis.base, **{name: value})  # type: ignore[arg-type]
        run, compiled = compile_gradient(size)
        runs[str(value)] = run
        rows.append(
            _compared(f"{name} {value}", predicted_gradient(size), held_bytes(compiled), {"axis": name, "size": value})
        )
    times = interleave(runs, rounds=rounds, warm=1, clock=clock)
    for row, timing in zip(rows, times.values(), strict=True):
        row.figures.update(timing.json())
    return [_power(name, axis, times), *rows]


def _power(name: str, axis: Axis, times: Mapping[str, Timing]) -> Row:
    medians = [timing.median for timing in times.values()]
    last = fit_power(axis.values[-2:], medians[-2:])
    figures = {"axis": name, "expected_at_most": axis.power, "between_the_last_two": round(last, 3)}
    power = fit_power(axis.values, medians)
    return Row(name=f"power of {name}", ratio=power, bar=axis.power + ALLOWED, figures=figures)


def _compared(name: str, bytes_predicted: int, measured: int, figures: dict[str, Any]) -> Row:
    """Memory as predicted and as measured; the bar is about how far they are apart, whichever is greater."""
    mib = {"predicted_MiB": round(bytes_predicted / 2**20, 3), "measured_MiB": round(measured / 2**20, 3)}
    apart = max(bytes_predicted / measured, measured / bytes_predicted)
    return Row(name=name, ratio=apart, bar=1 + OFF, figures={**figures, **mib})


def _memory(name: str, size: Size) -> Row:
    _, compiled = compile_gradient(size)
    return _compared(name, predicted_gradient(size), held_bytes(compiled), {"axis": "cell"})


def held_by_each(size: Size, devices: int) -> int:
    """Bytes that the gradient holds on each device, in a process of its own whose devices are threads.

    Raises:
        CarrouselError: the process failed.
    """
    flags = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count={devices}".strip()
    command = [sys.executable, "-m", "carrousel.bench.scaled_model", "memory", json.dumps(vars(size)), str(devices)]
    environment = {**os.environ, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CarrouselError(f"the gradient on {devices} devices failed: {done.stderr.strip()[-300:]}")
    return int(done.stdout)


def _device(count: int) -> Row:
    """The batch shared out over so many devices."""
    share = replace(Size(), batch=Size().batch // count)
    measured = held_by_each(Size(), count)
    return _compared(f"devices {count}, each", predicted_gradient(share), measured, {"axis": "devices", "size": count})


def _resident() -> Row:
    """Updates by Adam in a process of its own, less what a process holds that trains next to nothing."""
    command = [sys.executable, "-m", "carrousel.bench.scaled_model", "train"]
    with tempfile.TemporaryDirectory() as folder:
        large, tiny = (spend([*command, json.dumps(vars(size))], Path(folder)) for size in (LARGE, TINY))
    measured = large.peak_bytes - tiny.peak_bytes
    figures = {"axis": "process", "least_MiB": round(tiny.peak_bytes / 2**20, 1)}
    return _compared("resident, Adam", predicted(LARGE).total, measured, figures)

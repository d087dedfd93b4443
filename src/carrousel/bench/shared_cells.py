"""Cells that another library has too: values compared first, then forward and backward timed in turn."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from typing import Any, Final

import jax
import numpy as np

from carrousel.bench.cells import gradient_step
from carrousel.bench.flax_peers import flax_sides
from carrousel.bench.keras_peers import keras_sides
from carrousel.bench.onnxruntime_peers import onnxruntime_sides
from carrousel.bench.result import Result, Row
from carrousel.bench.sides import Side, check, our_layer, replaced
from carrousel.bench.timing import Run, clock_for, interleave, ratio, unit
from carrousel.bench.torch_peers import torch_sides
from carrousel.bench.torchrecurrent_peers import torchrecurrent_sides
from carrousel.layers import Recurrent

SIZES: Final = tuple((128, batch, hidden) for batch in (1, 32) for hidden in (128, 512))
MEDIANS: Final = {1: 0.1, 32: 0.5}
"""What the ratio of the cell in the middle may be at most beside torchrecurrent, by batch."""


def run_torchrecurrent(
    *, rounds: int, threads: int, sizes: Sequence[tuple[int, int, int]] = SIZES, cells: Sequence[str] = ()
) -> Result:
    """Every cell that torchrecurrent has too."""
    sides = [side for side in torchrecurrent_sides() if not cells or side.cell in cells]
    rows = _rows(sides, sizes, rounds=rounds, threads=threads)
    return Result(case="cells-torchrecurrent", says=_says(rounds, threads), rows=[*_medians(rows), *rows])


def run_flax(*, rounds: int, threads: int, sizes: Sequence[tuple[int, int, int]] = SIZES) -> Result:
    """Every cell that flax.nnx has too."""
    rows = _rows(flax_sides(), sizes, rounds=rounds, threads=threads)
    return Result(case="cells-flax", says=_says(rounds, threads), rows=rows)


def run_keras(*, rounds: int, threads: int, sizes: Sequence[tuple[int, int, int]] = SIZES) -> Result:
    """Every cell that Keras has too, on its JAX backend."""
    rows = _rows(keras_sides(), sizes, rounds=rounds, threads=threads)
    return Result(case="cells-keras", says=_says(rounds, threads), rows=rows)


def run_onnxruntime(*, rounds: int, threads: int, sizes: Sequence[tuple[int, int, int]] = SIZES) -> Result:
    """The recurrent operators of ONNX, which cannot train: forward alone."""
    rows = _rows(onnxruntime_sides(), sizes, rounds=rounds, threads=threads)
    return Result(case="cells-onnxruntime", says=_says(rounds, threads), rows=rows)


def run_torch(*, rounds: int, threads: int, sizes: Sequence[tuple[int, int, int]] = SIZES) -> Result:
    """The three layers of torch.nn."""
    rows = _rows(torch_sides(), sizes, rounds=rounds, threads=threads)
    return Result(case="cells-torch", says=_says(rounds, threads), rows=rows)


def _says(rounds: int, threads: int) -> str:
    return (
        f"{unit(threads)} of ours / the peer's, forward, and forward and backward without the inputs' gradient; "
        f"float32, peers on {threads} {'thread' if threads == 1 else 'threads'}, {rounds} rounds"
    )


def _rows(sides: Sequence[Side], sizes: Sequence[tuple[int, int, int]], *, rounds: int, threads: int) -> list[Row]:
    rows: list[Row] = []
    for side in sides:
        check(side, threads=threads)
        for size in sizes:
            rows += _timed(side, size, rounds=rounds, threads=threads)
        jax.clear_caches()
    return rows


def _timed(side: Side, size: tuple[int, int, int], *, rounds: int, threads: int) -> list[Row]:
    time, batch, hidden = size
    layer, xs = our_layer(side, time, batch, hidden)
    peer = side.make(np.asarray(xs), hidden, threads=threads)
    calls: dict[str, tuple[Run, Run]] = {"forward": (_forward(layer, xs), peer.forward)}
    if peer.backward is not None:
        calls["backward"] = (gradient_step(layer, xs), peer.backward)
    rows = []
    for what, (ours, theirs) in calls.items():
        both = {"ours": ours, "peer": theirs}
        times = interleave(
            both, rounds=rounds, calls=3 if batch * hidden < 500 else 1, warm=1, clock=clock_for(threads)
        )
        figures: dict[str, Any] = {
            "cell": side.cell,
            "peer_name": side.peer,
            "time": time,
            "batch": batch,
            "hidden": hidden,
            "pass": what,
            "ours": times["ours"].json(),
            "peer": times["peer"].json(),
        }
        if side.differs:
            figures["differs"] = side.differs
        name = f"{side.cell} / {side.peer}, T{time} B{batch} H{hidden} {what}"
        rows.append(
            Row(name=name, ratio=ratio(times["ours"], times["peer"]), bar=side.bar(batch, hidden), figures=figures)
        )
    return rows


def _medians(rows: Sequence[Row]) -> list[Row]:
    """The cell in the middle at each batch and pass."""
    found = []
    for batch, bar in MEDIANS.items():
        for what in ("forward", "backward"):
            at = [row.ratio for row in rows if (row.figures["batch"], row.figures["pass"]) == (batch, what)]
            ratios = [r for r in at if r is not None]
            if ratios:
                middle = statistics.median(ratios)
                figures = {"comparisons": len(ratios), "largest": round(max(ratios), 4)}
                found.append(Row(name=f"median at B{batch}, {what}", ratio=middle, bar=bar, figures=figures))
    return found


def _forward(layer: Recurrent, xs: Any) -> Callable[[], object]:
    run = jax.jit(lambda letters, xs: replaced(layer, letters)(xs)[0])
    return lambda: jax.block_until_ready(run(layer.letters, xs))

"""What every cell of the catalogue costs, relative to the LSTM that runs in turn with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import jax

from carrousel.bench.cells import cell_step, gradient_step
from carrousel.bench.result import Result, Row
from carrousel.bench.timing import clock_for, interleave, ratio, unit
from carrousel.cells import CELLS
from carrousel.engine.card import size_of_x
from carrousel.layers import Recurrent

SIZE: Final = (35, 20, 200)
"""Time, batch and units: a layer of the small language model with a longer window."""


def run_costs(*, rounds: int, threads: int, cells: Sequence[str] = (), size: tuple[int, int, int] = SIZE) -> Result:
    """Forward and backward of every cell beside the LSTM.

    Args:
        rounds: turns a side.
        threads: of no peer, since there is none; ours takes the cores that the process may run on.
        cells: names; by default the whole catalogue.
        size: (time, batch, hidden).
    """
    time, batch, hidden = size
    xs = jax.random.normal(jax.random.key(1), (time, batch, hidden))
    lstm, _ = cell_step("lstm", xs, hidden)
    rows = []
    for name in cells or (
        name for name, cell in CELLS.items() if cell.learned
    ):  # without a letter there is no gradient
        both = {"lstm": lstm, "ours": _step(name, size)}
        times = interleave(both, rounds=rounds, warm=1, clock=clock_for(threads))
        figures: dict[str, Any] = {"cell": name, "ours": times["ours"].json(), "lstm": times["lstm"].json()}
        rows.append(Row(name=f"{name} / lstm", ratio=ratio(times["ours"], times["lstm"]), figures=figures))
    says = (
        f"{unit(threads)} forward and backward without the inputs' gradient at T{time} B{batch} H{hidden}, float32, "
        f"on {threads} {'core' if threads == 1 else 'cores'}, {rounds} rounds"
    )
    return Result(case="cells-cost", says=says, rows=rows)


def _step(name: str, size: tuple[int, int, int]) -> Any:
    """A cell's step, its x as wide as it demands, its further inputs at random."""
    time, batch, hidden = size
    wide = size_of_x(CELLS[name], inputs=hidden, hidden=hidden)
    layer = Recurrent(name, inputs=wide, hidden=hidden, key=jax.random.key(0))
    xs = jax.random.normal(jax.random.key(1), (time, batch, wide))
    shapes = layer.cell.input_shapes(inputs=wide, hidden=hidden)
    further = {k: jax.random.uniform(jax.random.key(2), (time, batch, *shape)) for k, shape in shapes.items()}
    return gradient_step(layer, xs, further or None)

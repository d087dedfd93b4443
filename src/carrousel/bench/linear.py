"""Loops that can take many steps at once beside one step after the other: linear ones, and matrix memories."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import equinox as eqx
import jax
import jax.numpy as jnp

from carrousel.bench.result import Result, Row
from carrousel.bench.timing import interleave
from carrousel.layers import Recurrent

CELLS: Final = ("min-gru", "lru")
"""One real state, and a complex one kept as a pair."""
LENGTHS: Final = (100, 1000, 10_000, 100_000)
BATCHES: Final = (1, 32)
HIDDEN: Final = (128, 512)
INPUTS: Final = 16
"""Few inputs, so that the recurrence is what is measured and not the product before it."""
MEMORY: Final = ("matrix-lstm", 1024, 256)
"""A matrix memory: the cell, its steps, its inputs and units."""
MOST: Final = 60_000_000
"""Numbers in the output, (time, batch, hidden), above which a size is left out: a gradient holds some fifteen such."""


def step(layer: Recurrent, xs: Any, scan: str, *, gradient: bool) -> Callable[[], object]:
    """Forward, or forward and backward by the letters, of the outputs' sum."""

    def loss(letters: Any, xs: Any) -> Any:
        replaced = eqx.tree_at(lambda layer: layer.letters, layer, letters)
        return jnp.sum(replaced(xs, scan=scan)[0])

    run = jax.jit(jax.grad(loss) if gradient else loss)
    return lambda: jax.block_until_ready(run(layer.letters, xs))


def run_linear(*, rounds: int, threads: int = 1) -> Result:  # noqa: ARG001 - a case's signature
    """Time both ways at every size; the ratio is the time of many steps at once by that of one after the other."""
    rows = []
    for name in CELLS:
        for batch in BATCHES:
            for hidden in HIDDEN:
                layer = Recurrent(name, inputs=INPUTS, hidden=hidden, key=jax.random.key(0))
                for time in (t for t in LENGTHS if t * batch * hidden <= MOST):
                    xs = jax.random.normal(jax.random.key(1), (time, batch, INPUTS))
                    rows.append(_row(f"{name} T{time} B{batch} H{hidden}", layer, xs, rounds))
    name, time, hidden = MEMORY
    layer = Recurrent(name, inputs=hidden, hidden=hidden, key=jax.random.key(0))
    xs = jax.random.normal(jax.random.key(1), (time, 1, hidden))
    rows.append(_row(f"{name} T{time} B1 H{hidden}", layer, xs, rounds))
    says = f"{jax.default_backend()}, float32, {INPUTS} inputs ({hidden} of {name}); ratio: gradient at once by steps"
    return Result(case="linear", says=says, rows=rows)


def _row(name: str, layer: Recurrent, xs: Any, rounds: int) -> Row:
    sides = {
        f"{scan} {what}": step(layer, xs, scan, gradient=what == "gradient")
        for what in ("forward", "gradient")
        for scan in ("parallel", "steps")
    }
    times = interleave(sides, rounds=rounds, warm=1)
    figures: dict[str, Any] = {side: t.json() for side, t in times.items()}
    figures["forward_ratio"] = round(times["parallel forward"].median / times["steps forward"].median, 3)
    return Row(name=name, ratio=times["parallel gradient"].median / times["steps gradient"].median, figures=figures)

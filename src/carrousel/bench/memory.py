"""A long sequence in segments: memory beyond inputs, outputs and their cotangents, and the price in time."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from carrousel.bench.result import Result, Row
from carrousel.bench.timing import interleave
from carrousel.engine.gradient_memory import gradient_numbers
from carrousel.layers import Recurrent

LENGTHS = (1250, 5000, 20000, 80000)
HIDDEN = 128


def gradient(layer: Recurrent, xs: Any, segment: int | None) -> Any:
    """The compiled gradient, by the letters, of the outputs' sum."""

    def loss(layer: Recurrent, xs: Any) -> Any:
        return jnp.sum(layer(xs, segment=segment)[0])

    return jax.jit(jax.grad(loss, allow_int=True)).lower(layer, xs).compile()


def run_memory(*, rounds: int, threads: int = 1, cell: str = "lstm") -> Result:  # noqa: ARG001 - a case's signature
    """Measure the compiled gradient's temporaries, with and without segments, at several lengths.

    XLA's own account of temporary memory holds neither arguments nor results; the outputs, (time, batch, hidden), stand
    in it and are taken off. What is left should grow with the square root of the time: the row's last figure divides by
    it.
    """
    layer = Recurrent(cell, inputs=HIDDEN, hidden=HIDDEN, key=jax.random.key(0))
    rows = []
    for time in LENGTHS:
        xs = jax.random.normal(jax.random.key(1), (time, 1, HIDDEN))
        compiled = {name: gradient(layer, xs, segment) for name, segment in (("whole", 0), ("segments", None))}
        outputs = 4 * time * HIDDEN
        beyond = {name: c.memory_analysis().temp_size_in_bytes - outputs for name, c in compiled.items()}
        sides = {name: lambda c=c, xs=xs: jax.block_until_ready(c(layer, xs)) for name, c in compiled.items()}
        times = interleave(sides, rounds=rounds)
        figures = {
            "outputs_MiB": round(outputs / 2**20, 2),
            **{f"{name}_beyond_MiB": round(size / 2**20, 2) for name, size in beyond.items()},
            "segments_predicted_MiB": round(4 * gradient_numbers(layer.plan, time=time, batch=1) / 2**20, 2),
            "segments_beyond_KiB_per_root_of_time": round(beyond["segments"] / 2**10 / time**0.5, 2),
            **{name: t.json() for name, t in times.items()},
        }
        rows.append(Row(name=f"T {time}", ratio=times["segments"].median / times["whole"].median, figures=figures))
    says = f"gradient of one sequence, {cell} with {HIDDEN} units, float32; the ratio is the price of segments in time"
    return Result(case="memory", says=says, rows=rows)

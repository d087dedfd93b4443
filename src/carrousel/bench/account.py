"""An account of a language model's training step: operations, bytes, floor and time, part by part."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array, lax

from carrousel.bench.ceilings import Ceilings, Product, measure_ceilings, product_run
from carrousel.bench.cells import without_products
from carrousel.bench.language_models import BATCH, LAYERS, MODELS, UPDATES, VOCABULARY, training_step
from carrousel.bench.result import Result, Row
from carrousel.bench.timing import Timing, clock_for, interleave, unit
from carrousel.engine.precision import multiplies_bfloat16

GATES = 4
PRECISIONS = ("float32", "mixed")


def operands(precision: str) -> Any:
    """What the operands of products are: in mixed precision bfloat16, where the processor multiplies it."""
    return jnp.bfloat16 if precision == "mixed" and multiplies_bfloat16() else jnp.float32


@dataclasses.dataclass(frozen=True, kw_only=True)
class Part:
    """One part of the step: what it must do, and how it is run alone."""

    operations: int
    """Of its products; other operations cost less than the bytes that they read."""
    bytes: int
    """What is read and written at least once."""
    runs: tuple[Callable[[], object], ...]

    def run(self) -> None:
        """All of it, one after the other."""
        for run in self.runs:
            run()


def parts(hidden: int, time: int, precision: str) -> dict[str, Part]:
    """The parts of one update of an LSTM language model, forward and backward.

    Every product has three forms: forward, and the gradients by either operand. Those of the recurrent loop are run
    step by step; their weight gradient is one product over all steps.
    """
    dtype = operands(precision)
    width, rows, wide = jnp.dtype(dtype).itemsize, time * BATCH, GATES * hidden

    def products(*each: Product) -> Part:
        return Part(
            operations=sum(p.operations for p in each),
            bytes=sum(p.bytes(width) for p in each),
            runs=tuple(product_run(p, dtype) for p in each),
        )

    dense = [(rows, hidden, wide), (rows, wide, hidden), (hidden, rows, wide)]
    steps = [Product(BATCH, hidden, wide, time), Product(BATCH, wide, hidden, time), Product(hidden, rows, wide)]
    head = [Product(rows, hidden, VOCABULARY), Product(rows, VOCABULARY, hidden), Product(hidden, rows, VOCABULARY)]
    parameters = 2 * VOCABULARY * hidden + VOCABULARY + LAYERS * (2 * hidden + 1) * wide
    touched = parameters - VOCABULARY * hidden + rows * hidden
    return {
        "embedding": Part(operations=0, bytes=5 * 4 * rows * hidden, runs=(_embedding(rows, hidden),)),
        "input products": products(*(Product(*shape) for shape in dense for _ in range(LAYERS))),
        "recurrent products": products(*(step for step in steps for _ in range(LAYERS))),
        "pointwise": Part(
            operations=0,
            bytes=LAYERS * 4 * rows * (4 * wide + 6 * hidden),
            runs=(without_products(jnp.zeros((time, BATCH, hidden)), hidden),) * LAYERS,
        ),
        "head": products(*head),
        "loss": Part(operations=0, bytes=(4 + width) * rows * VOCABULARY, runs=(_loss(rows, dtype),)),
        "update": Part(operations=0, bytes=4 * 4 * touched, runs=(_update(touched),)),
    }


def _embedding(rows: int, hidden: int) -> Callable[[], object]:
    """Rows taken from a table, and their gradient added to it in place."""
    words = jax.random.randint(jax.random.key(0), (rows,), 0, VOCABULARY)
    add = jax.jit(lambda table: table.at[words].add(-1e-3 * (table[words] + 1)), donate_argnums=0)
    tables = [jnp.zeros((VOCABULARY, hidden))]

    def run() -> None:
        tables[0] = jax.block_until_ready(add(tables[0]))

    return run


def _loss(rows: int, dtype: Any) -> Callable[[], object]:
    """From logits to losses and the logits' gradient in the format of products."""
    logits = jax.random.normal(jax.random.key(0), (rows, VOCABULARY))

    def both(logits: Array) -> tuple[Array, Array]:
        shifted = jnp.exp(logits - logits.max(axis=1, keepdims=True))
        total = shifted.sum(axis=1, keepdims=True)
        return jnp.log(total).sum(), (shifted / total).astype(dtype)

    compiled = jax.jit(both)
    return lambda: jax.block_until_ready(compiled(logits))


def _update(parameters: int) -> Callable[[], object]:
    """The norm of a gradient, and its clipped step in place."""

    def step(weights: Array, gradient: Array) -> Array:
        norm = jnp.sqrt(lax.dot(gradient, gradient))
        return weights - jnp.minimum(1.0, 5.0 / norm) * gradient

    compiled = jax.jit(step, donate_argnums=0)
    held = [jnp.zeros(parameters)]
    gradient = jnp.full(parameters, 1e-3)

    def run() -> None:
        held[0] = jax.block_until_ready(compiled(held[0], gradient))

    return run


def floor(part: Part, ceilings: Ceilings, precision: str) -> float:
    """Seconds that the part takes at least: its products at the square ceiling, or its bytes at that of memory."""
    return max(part.operations / ceilings.products[jnp.dtype(operands(precision)).name], part.bytes / ceilings.memory)


def run_step(*, rounds: int, threads: int = 1) -> Result:
    """Time the parts of an update alone, the whole update, and the machine's ceilings, in one run.

    A part's ratio is the share of its time that its floor is; so is the whole's. Parts alone add up to more or less
    than the whole: what lies in caches differs, and XLA fuses across them.

    Args:
        rounds: turns of each.
        threads: chooses the clock: the processor's for one thread on one core.
    """
    clock = clock_for(threads)
    ceilings = measure_ceilings(rounds, clock)
    rows = [Row(name="ceilings", figures=ceilings.json())]
    for name, (hidden, time) in MODELS.items():
        for precision in PRECISIONS:
            found = parts(hidden, time, precision)
            runs: dict[str, Callable[[], object]] = {part: found[part].run for part in found}
            runs["whole"] = training_step("lstm", hidden=hidden, time=time, precision=precision)
            times = interleave(runs, rounds=rounds, warm=1, clock=clock)
            rows += _rows(f"{name} {precision}", found, times, ceilings, precision)
    says = f"{unit(threads)} of an update by parts; the ratio is the share of its floor in its time, {rounds} rounds"
    return Result(case="step", says=says, rows=rows)


def _rows(name: str, found: dict[str, Part], times: dict[str, Timing], ceilings: Ceilings, precision: str) -> list[Row]:
    rows, floors = [], {part: floor(found[part], ceilings, precision) for part in found}
    for part, least in floors.items():
        figures = {
            "MFLOP": round(found[part].operations / 1e6, 1),
            "MB": round(found[part].bytes / 1e6, 1),
            "floor_ms": round(1e3 * least, 3),
            "ms": round(1e3 * times[part].median, 3),
            "GFLOP/s": round(found[part].operations / times[part].median / 1e9, 1),
        }
        rows.append(Row(name=f"{name}, {part}", ratio=least / times[part].median, figures=figures))
    whole, least = times["whole"].median / UPDATES, sum(floors.values())
    figures = {
        "floor_ms": round(1e3 * least, 3),
        "ms": round(1e3 * whole, 3),
        "parts_alone_ms": round(1e3 * sum(times[part].median for part in found), 3),
        "spread": round(times["whole"].spread, 3),
    }
    return [*rows, Row(name=f"{name}, whole", ratio=least / whole, figures=figures)]

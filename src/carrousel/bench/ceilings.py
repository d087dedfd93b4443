"""What the machine can do at best, measured in the same run as what is held against it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array, lax

from carrousel.bench.timing import interleave
from carrousel.engine.packing import Packed, packed, times_packed

SQUARES = (512, 1024, 2048)
"""Sizes of the square products, of which the best counts."""
COPIED = 1 << 26
"""Bytes of the array that is read and written to measure memory: more than caches hold."""


class Ceilings(NamedTuple):
    """Operations and bytes a second."""

    products: Mapping[str, float]
    """Of large square products, by the format of their operands."""
    memory: float

    def json(self) -> dict[str, float]:
        """In thousand millions a second."""
        giga = {f"{name}_square_GFLOP/s": round(rate / 1e9, 1) for name, rate in self.products.items()}
        return {**giga, "memory_GB/s": round(self.memory / 1e9, 1)}


class Product(NamedTuple):
    """One product of a model's own shapes: (rows, inner) by (inner, columns), so many times."""

    rows: int
    inner: int
    columns: int
    times: int = 1

    @property
    def operations(self) -> int:
        """Multiplications and additions."""
        return 2 * self.rows * self.inner * self.columns * self.times

    def bytes(self, width: int) -> int:
        """What is read and written, where operands have so many bytes and the result four."""
        return self.times * (width * (self.rows + self.columns) * self.inner + 4 * self.rows * self.columns)


def product_run(product: Product, dtype: Any) -> Callable[[], object]:
    """The product, one after the other so many times, compiled; the right operand packed as a loop's would be."""
    left = jnp.ones((product.rows, product.inner), dtype)
    right = packed(jnp.ones((product.inner, product.columns), dtype), rows=product.rows, times=product.times)

    def run(left: Array, right: Array | Packed) -> Array:
        def one(_: Any, total: Array) -> Array:
            moved = left + (total * 0).astype(dtype)  # so that no turn of the loop is left out
            if isinstance(right, Packed):
                return times_packed(moved, right)[0, 0]
            out = lax.dot_general(moved, right, (((1,), (0,)), ((), ())), preferred_element_type=jnp.float32)
            return out[0, 0]

        return lax.fori_loop(0, product.times, one, jnp.float32(0))

    compiled = jax.jit(run)
    return lambda: jax.block_until_ready(compiled(left, right))


def measure_ceilings(rounds: int, clock: Callable[[], float]) -> Ceilings:
    """Time large square products of both formats, and a pass over memory."""
    formats = {"float32": jnp.float32, "bfloat16": jnp.bfloat16}
    squares = {(name, size): Product(size, size, size) for name in formats for size in SQUARES}
    runs = {f"{name} {size}": product_run(p, formats[name]) for (name, size), p in squares.items()}
    array = jnp.ones(COPIED // 4)
    double = jax.jit(lambda a: a * 2)
    runs["memory"] = lambda: jax.block_until_ready(double(array))
    times = interleave(runs, rounds=rounds, warm=1, clock=clock)
    best = {
        name: max(squares[name, size].operations / times[f"{name} {size}"].best for size in SQUARES) for name in formats
    }
    return Ceilings(best, 2 * COPIED / times["memory"].best)

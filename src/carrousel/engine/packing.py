"""Matrices that a loop multiplies few rows by at every step, packed once before it for the compiled kernel.

XLA's CPU backend packs a matrix, or reads it across its rows, at each product anew. Where the kernels are not built, on
other devices, and for other numbers than float32, a matrix stays as it is.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir

from carrousel.engine.kernels import built, in_panels, packed_product

ROWS: Final = range(2, 65)
"""Rows of a product with which the kernel is faster: one is bound by memory, many XLA multiplies as fast."""
NUMBERS: Final = 1 << 18
"""A matrix of fewer numbers lies in the second-level cache, where XLA is as fast for very few rows."""
WORK: Final = 1 << 21
"""Multiplications of a product with which the kernel is faster for a smaller matrix too, and two cores share it."""
TIMES: Final = 8
"""Packing costs about three products' gain."""


class Packed(NamedTuple):
    """A matrix as it is, and as the kernel reads it."""

    matrix: Array
    panels: Array


def packed(matrix: Array, *, rows: int, times: int) -> Array | Packed:
    """A matrix (inputs, outputs), packed too where that pays.

    Args:
        matrix: two axes, or three where it is of blocks, which are never packed.
        rows: rows of what it is multiplied by.
        times: how often it is.
    """
    large = matrix.size >= NUMBERS or rows * matrix.size >= WORK
    pays = matrix.ndim == 2 and rows in ROWS and times >= TIMES and large
    if pays and matrix.dtype == jnp.float32 and jax.default_backend() == "cpu" and built():
        return Packed(matrix, in_panels(matrix))
    return matrix


def kept_packed(matrix: Array, *, rows: int) -> Array | Packed:
    """A matrix that is kept for as many products as there may be, packed too where that pays for so many rows."""
    return packed(matrix, rows=rows, times=TIMES)


times_packed_p = Primitive("times_packed")
"""A primitive, for JAX drops the rule of a `custom_jvp` where it linearises a scan, and with it second derivatives."""


def times_packed(v: Array, by: Packed) -> Array:
    """`v @ by.matrix` by the kernel, differentiable in both as often as is wanted."""
    product: Array = times_packed_p.bind(v, *by)
    return product


def _run(v: Array, matrix: Array, panels: Array) -> Array:
    return packed_product(v, panels, outputs=matrix.shape[1])


def _jvp(primals: Any, tangents: Any) -> Any:
    """Panels are the matrix once more, so the matrix's change is the whole."""
    (v, *by), (dv, dmatrix, _) = primals, tangents
    product = times_packed_p.bind(v, *by)
    change = jnp.zeros_like(product) if type(dv) is ad.Zero else times_packed_p.bind(dv, *by)
    return product, change if type(dmatrix) is ad.Zero else change + v @ dmatrix


def _transpose(dz: Array, _: Any, matrix: Array, panels: Array) -> Any:  # noqa: ARG001 - of the vectors alone
    return [dz @ matrix.T, None, None]


def _batch(args: Any, axes: Any) -> tuple[Array, int]:
    """Vectors are mapped by one call for all; where matrices are, XLA multiplies."""
    v, matrix, panels = args
    if axes[1] is not None or axes[2] is not None:
        return jax.vmap(jnp.matmul, tuple(axes[:2]))(v, matrix), 0
    return times_packed_p.bind(jnp.moveaxis(v, axes[0], 0), matrix, panels), 0


times_packed_p.def_impl(jax.jit(_run))
times_packed_p.def_abstract_eval(lambda v, m, _: jax.core.ShapedArray((*v.shape[:-1], m.shape[1]), v.dtype))
ad.primitive_jvps[times_packed_p] = _jvp
ad.primitive_transposes[times_packed_p] = _transpose
batching.primitive_batchers[times_packed_p] = _batch
mlir.register_lowering(times_packed_p, mlir.lower_fun(_run, multiple_results=False), platform="cpu")
mlir.register_lowering(times_packed_p, mlir.lower_fun(lambda v, matrix, _: v @ matrix, multiple_results=False))

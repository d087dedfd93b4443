"""A few rows times a matrix that was packed beforehand: the compiled kernel and its layout."""

from typing import Final

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Float32

from carrousel.engine.kernels.loading import target

COLUMNS: Final = 16
"""Columns of a panel."""


def in_panels(matrix: Float32[Array, "inputs outputs"]) -> Float32[Array, "panels inputs 16"]:
    """A matrix in the order in which the kernel reads it, filled up with zeros."""
    filled = jnp.pad(matrix, ((0, 0), (0, -matrix.shape[1] % COLUMNS)))
    return filled.reshape(matrix.shape[0], -1, COLUMNS).swapaxes(0, 1)


def packed_product(
    v: Float32[Array, "*batch inputs"], panels: Float32[Array, "panels inputs 16"], *, outputs: int
) -> Float32[Array, "*batch outputs"]:
    """`v` times the matrix whose panels these are.

    Runs on a CPU with the kernels built, and nowhere else; it can be neither mapped nor differentiated.
    """
    out = jax.ShapeDtypeStruct((*v.shape[:-1], outputs), jnp.float32)
    product: Array = jax.ffi.ffi_call(target("packed_product"), out)(v, panels)
    return product

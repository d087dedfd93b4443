"""A vector times a matrix whose numbers are narrower than the vector's: the compiled kernel and its layout."""

from typing import Final, Literal

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Float32, Shaped

from carrousel.engine.kernels.loading import target

Storage = Literal["bfloat16", "int8"]
"""What a matrix may be kept as in place of its own numbers."""

OUTPUTS: Final = 4
"""Outputs that are summed side by side."""
TOGETHER: Final = 16
"""Inputs that are read at a time."""


def in_groups(numbers: Shaped[Array, "outputs inputs"]) -> Shaped[Array, "groups steps 4 16"]:
    """A matrix in the order in which the kernel reads it, filled up with zeros."""
    outputs, inputs = numbers.shape
    filled = jnp.pad(numbers, ((0, -outputs % OUTPUTS), (0, -inputs % TOGETHER)))
    return filled.reshape(-1, OUTPUTS, filled.shape[1] // TOGETHER, TOGETHER).swapaxes(1, 2)


def vector_product(
    v: Float32[Array, "*batch inputs"],
    numbers: Shaped[Array, "groups steps 4 16"],
    scales: Float32[Array, " outputs"],
    storage: Storage,
) -> Float32[Array, "*batch outputs"]:
    """`v` times the matrix, each output times its scale; bfloat16 comes as its bits in uint16.

    Runs on a CPU with the kernels built, and nowhere else.
    """
    out = jax.ShapeDtypeStruct((*v.shape[:-1], *scales.shape), jnp.float32)
    product: Array = jax.ffi.ffi_call(target(f"product_{storage}"), out, vmap_method="expand_dims")(v, numbers, scales)
    return product

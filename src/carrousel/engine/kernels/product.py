"""A vector times a matrix whose numbers are narrower than the vector's: the compiled kernels and their layouts."""

from typing import Any, Final, Literal

import jax
import jax.numpy as jnp
from jax import Array, lax
from jaxtyping import Float32, Int8, UInt16

from carrousel.engine.kernels.loading import target

Storage = Literal["bfloat16", "int8"]
"""What a matrix may be kept as in place of its own numbers."""

OUTPUTS: Final = 4
"""Outputs that are summed side by side where numbers are bfloat16."""
TOGETHER: Final = 16
"""Inputs that are read at a time there; outputs of a panel where numbers are int8."""


def in_groups(numbers: Array) -> UInt16[Array, "groups steps 4 16"]:
    """A matrix (inputs, outputs) of bfloat16: its bits in the kernel's order, filled up with zeros."""
    turned = lax.bitcast_convert_type(numbers, jnp.uint16).T
    filled = jnp.pad(turned, ((0, -turned.shape[0] % OUTPUTS), (0, -turned.shape[1] % TOGETHER)))
    return filled.reshape(-1, OUTPUTS, filled.shape[1] // TOGETHER, TOGETHER).swapaxes(1, 2)


def in_pairs(numbers: Int8[Array, "inputs outputs"]) -> Int8[Array, "panels pairs 16 2"]:
    """A matrix of int8 in the order in which the kernel reads it, filled up with zeros."""
    filled = jnp.pad(numbers, ((0, numbers.shape[0] % 2), (0, -numbers.shape[1] % TOGETHER)))
    return filled.reshape(filled.shape[0] // 2, 2, -1, TOGETHER).transpose(2, 0, 3, 1)


def bfloat16_product(
    v: Float32[Array, "*batch inputs"], groups: UInt16[Array, "groups steps 4 16"], *, outputs: int
) -> Float32[Array, "*batch outputs"]:
    """`v` times the matrix whose groups these are. Runs on a CPU with the kernels built, and nowhere else."""
    return _called("product_bfloat16", v, groups, outputs=outputs)


def int8_product(
    v: Float32[Array, "*batch inputs"],
    pairs: Int8[Array, "panels pairs 16 2"],
    scales: Float32[Array, " outputs"],
) -> Float32[Array, "*batch outputs"]:
    """`v`, rounded to 15 bits, times the matrix whose pairs these are, each output times its scale.

    Runs on a CPU with the kernels built, and nowhere else.
    """
    return _called("product_int8", v, pairs, scales, outputs=scales.shape[0])


def _called(kernel: str, v: Array, *matrix: Array, outputs: int) -> Any:
    out = jax.ShapeDtypeStruct((*v.shape[:-1], outputs), jnp.float32)
    return jax.ffi.ffi_call(target(kernel), out, vmap_method="expand_dims")(v, *matrix)

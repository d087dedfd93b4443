"""Matrices kept as bfloat16 or int8 for products with few vectors, where reading them is what takes time."""

from collections.abc import Callable
from typing import Final

import jax
import jax.numpy as jnp
from jax import Array, lax
from jaxtyping import Float

from carrousel.engine.kernels import Storage, bfloat16_product, built, in_groups, in_pairs, int8_product
from carrousel.engine.packing import Packed, kept_packed, times_packed

LARGEST: Final = 127
"""The largest whole number of 8 bits that is used; its negative is the least."""
SIDE_BY_SIDE: Final = 8
"""From so many streams on a product of bfloat16 is not bound by memory, and of float32 it takes less."""


def stored(matrix: Float[Array, "inputs outputs"], storage: Storage, *, streams: int = 1) -> Callable[[Array], Array]:
    """`v (…, inputs) → v @ matrix` with the matrix rounded once: by a compiled kernel where it is built.

    Elsewhere, and in bfloat16 for many streams, the rounded numbers are kept as they came, so that the values are the
    same and the time is not. In int8 every output has a scale of its own.
    """
    many = storage == "bfloat16" and streams >= SIDE_BY_SIDE
    if many or not built() or matrix.dtype != jnp.float32 or jax.default_backend() != "cpu":
        plain = kept_packed(rounded(matrix, storage), rows=streams)
        return lambda v: times_packed(v, plain) if isinstance(plain, Packed) else v @ plain
    numbers, scales = _narrowed(matrix, storage)
    if storage == "int8":
        pairs = in_pairs(numbers)
        return lambda v: int8_product(v, pairs, scales)
    groups = in_groups(numbers)
    return lambda v: bfloat16_product(v, groups, outputs=matrix.shape[1])


def rounded(matrix: Float[Array, "inputs outputs"], storage: Storage) -> Float[Array, "inputs outputs"]:
    """The numbers that a matrix has once it is kept so, in its own format."""
    if storage == "bfloat16":  # a cast there and back is one that XLA may leave out
        return lax.reduce_precision(matrix, exponent_bits=8, mantissa_bits=7)
    numbers, scales = _narrowed(matrix, storage)
    return numbers.astype(matrix.dtype) * scales


def _narrowed(matrix: Array, storage: Storage) -> tuple[Array, Array]:
    """The numbers as they are kept, and what each output is multiplied by."""
    ones = jnp.ones(matrix.shape[1], matrix.dtype)
    if storage == "bfloat16":
        return matrix.astype(jnp.bfloat16), ones
    scales = jnp.abs(matrix).max(axis=0) / LARGEST
    whole = jnp.round(matrix / jnp.where(scales > 0, scales, 1))
    return whole.astype(jnp.int8), scales

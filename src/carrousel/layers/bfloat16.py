"""Casts and turns for bfloat16 products that XLA's CPU backend runs fast; elsewhere they cost next to nothing.

The casts are linear but for their rounding, and are given as linear functions with their transposes: a `custom_jvp`
would be forgotten where JAX evaluates a loop in part, and second derivatives would silently lose what went through it.
Where the processor multiplies no bfloat16, "in bfloat16" means float32 numbers rounded to it.
"""

import jax.numpy as jnp
from jax import Array, lax

from carrousel.engine.linear import linear_with_transpose
from carrousel.engine.precision import multiplies_bfloat16


def to_bfloat16(a: Array) -> Array:
    """A float32 array in bfloat16, rounded half up by whole-number arithmetic: XLA's own cast is 2-3 times slower."""
    cast: Array = linear_with_transpose(
        lambda _, a: _from_bits(_bits(a)), lambda _, cotangent: cotangent.astype(jnp.float32), (), a
    )
    return cast


def to_bfloat16_with(a: Array, columns: Array, entries: Array) -> Array:
    """`a` (rows, columns) in bfloat16 with one entry of each row replaced; put in as whole numbers, the fast way."""

    def put(columns: Array, both: tuple[Array, Array]) -> Array:
        a, entries = both
        return _from_bits(with_entries(_bits(a), columns, _bits(entries)))

    def part(columns: Array, cotangent: Array) -> tuple[Array, Array]:
        cotangent = cotangent.astype(jnp.float32)
        taken = jnp.take_along_axis(cotangent, columns[:, None], axis=1)[:, 0]
        return with_entries(cotangent, columns, jnp.zeros_like(taken)), taken

    cast: Array = linear_with_transpose(put, part, columns, (a, entries))
    return cast


def with_entries(a: Array, columns: Array, entries: Array) -> Array:
    """`a` (rows, columns) with one entry of each row replaced."""
    rows = jnp.arange(a.shape[0])
    return a.at[rows, columns].set(entries, unique_indices=True, indices_are_sorted=True)


def turned(a: Array) -> Array:
    """The transpose of a matrix as an array of its own.

    XLA folds a plain transpose into the product beside it, and then runs that in its slow form, or refuses to run it:
    operands of bfloat16 are fast only where the contracted axis of the left one is its last.
    """
    rows: Array = lax.optimization_barrier(jnp.arange(a.shape[1]))
    return a.T[rows]


def _bits(a: Array) -> Array:
    """Numbers of 16 bits, or where no bfloat16 is multiplied of 32 whose lower half is 0."""
    bits = lax.bitcast_convert_type(a, jnp.uint32) + jnp.uint32(0x8000)
    return (bits >> 16).astype(jnp.uint16) if multiplies_bfloat16() else bits & jnp.uint32(0xFFFF0000)


def _from_bits(bits: Array) -> Array:
    return lax.bitcast_convert_type(bits, jnp.bfloat16 if bits.dtype == jnp.uint16 else jnp.float32)

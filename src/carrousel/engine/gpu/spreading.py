"""Arrays as the blocks of clusters see them: a part for each, units before sequences.

A part is an array of (units of a block, sequences of a cluster), after the axes that say whose it is. An array has one
letter an axis: `t` time, `b` batch, `u` units, `s` the stacked parts of a product.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from carrousel.engine.gpu.sharing import TILE, Sharing


def clusters(batch: int) -> int:
    """How many clusters take a batch."""
    return -(-batch // TILE)


def spread(a: Array, axes: str, sharing: Sharing, *, fill: str = "edge") -> Array:
    """An array of `axes` (`tbu`, `bu`, or `tbs`) in parts: ([time,] clusters, blocks, [slots,] units, sequences)."""
    a = a.astype(jnp.int32) if a.dtype == jnp.bool_ else a
    at = axes.index("b")
    more = [(0, clusters(a.shape[at]) * TILE - a.shape[at]) if n == at else (0, 0) for n in range(a.ndim)]
    a = jnp.pad(a, more, mode=fill)
    a = a.reshape(*a.shape[:at], -1, TILE, *_units(a.shape[-1], axes, sharing))
    a = jnp.moveaxis(a, at + 1, -1)
    return jnp.moveaxis(a, -3, at + 1) if axes.endswith("s") else a


def shape_of(shape: tuple[int, ...], axes: str, sharing: Sharing, dtype: Any) -> jax.ShapeDtypeStruct:
    """The shape of such an array in parts."""
    return jax.eval_shape(lambda a: spread(a, axes, sharing), jax.ShapeDtypeStruct(shape, dtype))


def gathered(parts: Array, axes: str, batch: int) -> Array:
    """The array that `spread` has put in parts, without the sequences that were filled up."""
    at = axes.index("b")
    parts = jnp.moveaxis(parts, at + 1, -3) if axes.endswith("s") else parts
    parts = jnp.moveaxis(parts, -1, at + 1)
    whole = parts.reshape(*parts.shape[:at], parts.shape[at] * TILE, -1)
    return whole[(slice(None),) * at + (slice(batch),)]


def spread_once(a: Array, sharing: Sharing) -> Array:
    """A vector, or a number, that all sequences share: (blocks, units, sequences)."""
    a = a.astype(jnp.int32) if a.dtype == jnp.bool_ else a
    a = a.reshape(sharing.blocks, sharing.units, 1) if a.ndim else a
    return jnp.broadcast_to(a, (sharing.blocks, sharing.units, TILE))


def spread_flag(a: Array, sharing: Sharing) -> Array:
    """A truth value a step and sequence: (time, clusters, units, sequences), the same for all blocks."""
    time, batch = a.shape
    a = jnp.pad(a.astype(jnp.int32), ((0, 0), (0, clusters(batch) * TILE - batch)), mode="edge")
    return jnp.broadcast_to(a.reshape(time, -1, 1, TILE), (time, clusters(batch), sharing.units, TILE))


def spread_matrix(m: Array, rows: int, sharing: Sharing) -> Array:
    """A stacked matrix (columns, slots · units) as each block holds it: (blocks, rows, columns), zeros below."""
    columns = m.shape[0]
    m = m.T.reshape(-1, sharing.blocks, sharing.units, columns).swapaxes(0, 1).reshape(sharing.blocks, -1, columns)
    return jnp.pad(m, ((0, 0), (0, rows - m.shape[1]), (0, 0)))


def _units(size: int, axes: str, sharing: Sharing) -> tuple[int, ...]:
    shares = sharing.blocks, sharing.units
    return (size // (shares[0] * shares[1]), *shares) if axes.endswith("s") else shares

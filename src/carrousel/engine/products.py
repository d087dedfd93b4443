"""Stacked products: all matrices that one value meets, as one product, with a rule of its own for each precision."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array, lax

from carrousel.engine.kinds import Blocks, Matrices, Namespace
from carrousel.engine.linear import linear_with_transpose
from carrousel.engine.packing import Packed, times_packed
from carrousel.engine.plan import Group
from carrousel.engine.precision import Precision
from carrousel.engine.trace import Op

Kind = type[Namespace]

MANY = 384
"""From so many summed rows on, a weight gradient's transposes cost less than they save."""


def stacked(group: Group, once: Mapping[int, Array]) -> Array:
    """The matrices of a group side by side: (columns, rows), or (heads, columns, rows) for blocks."""
    matrices = [once[s.matrix] for s in group.slots]
    if group.kind is Blocks:
        return jnp.concatenate(matrices, axis=1).swapaxes(1, 2)
    return (jnp.concatenate(matrices) if len(matrices) > 1 else matrices[0]).T


def split(group: Group, z: Array | tuple[Array, ...], values: dict[int, Array]) -> None:
    """The rows of a stacked product, parted already or not, each to its own value; leading axes of z stay."""
    if isinstance(z, tuple):
        if group.kind is not Blocks:
            values.update(zip((slot.out for slot in group.slots), z, strict=True))
            return
        z = joined(z)
    heads = z.shape[-2] if group.kind is Blocks else 1
    at = 0
    for slot in group.slots:
        rows = slot.rows // heads
        part = lax.slice_in_dim(z, at, at + rows, axis=z.ndim - 1)
        values[slot.out] = part.reshape(*z.shape[:-2], slot.rows) if group.kind is Blocks else part
        at += rows


def parted(group: Group, z: Array) -> tuple[Array, ...]:
    """The rows of a stacked product, or of its addend, one array a slot; blocks stay together.

    A loop on CPU reads whole arrays of a sequence about twice as fast as slices of one (jax 0.10.2): of a slice the
    place of each number is computed, and the arithmetic around it is not vectorised.
    """
    if group.kind is Blocks:
        return (z,)
    ends = itertools.accumulate(slot.rows for slot in group.slots)
    spans = [(end - slot.rows, end) for slot, end in zip(group.slots, ends, strict=True) if end <= z.shape[-1]]
    return tuple(lax.slice_in_dim(z, start, end, axis=z.ndim - 1) for start, end in spans)


def with_addends(parts: tuple[Array, ...], addends: Sequence[Array]) -> tuple[Array, ...]:
    """A product in parts, each addend added to its own; they are of the first parts."""
    return (*map(jnp.add, parts, addends), *parts[len(addends) :])


def joined(parts: tuple[Array, ...]) -> Array:
    """What `parted` parted."""
    return parts[0] if len(parts) == 1 else jnp.concatenate(parts, axis=-1)


def parted_linearly(group: Group, z: Array) -> tuple[Array, ...]:
    """`parted`, with a transpose that joins; JAX's own would add up as many padded arrays as there are parts."""
    return linear_with_transpose(lambda _, z: parted(group, z), lambda _, parts: joined(parts), (), z)


def _dot(v: Array, m: Array | Packed, contracted: int, precision: Precision) -> Array:
    """V's last axis with one axis of m; the result in v's dtype."""
    if isinstance(m, Packed):
        if contracted == 0:
            return times_packed(precision.operand(v), m)
        m = m.matrix
    dims = (((v.ndim - 1,), (contracted,)), ((), ()))
    return lax.dot_general(precision.operand(v), precision.operand(m), dims, preferred_element_type=v.dtype)


def _blocks(v: Array, m: Array, precision: Precision, formula: str) -> Array:
    return jnp.einsum(formula, precision.operand(v), precision.operand(m), preferred_element_type=v.dtype)


def plain_product(kind: Kind, precision: Precision, v: Array, m: Array | Packed) -> Array:
    """`v` (…, columns) times the stacked `m`: (…, rows), or (…, heads, rows) for blocks."""
    if kind is Matrices or isinstance(m, Packed):
        return _dot(v, m, 0, precision)
    heads = m.shape[0]
    return _blocks(v.reshape(*v.shape[:-1], heads, -1), m, precision, "...nd,ndr->...nr")


def turned_product(kind: Kind, precision: Precision, v: Array, turned: Array | Packed) -> Array:
    """The same by m's transpose, made once before a loop, so that the loop's own transposed product reads rows."""
    if kind is Matrices or isinstance(turned, Packed):
        return _dot(v, turned, 1, precision)
    heads = turned.shape[0]
    return _blocks(v.reshape(*v.shape[:-1], heads, -1), turned, precision, "...nd,nrd->...nr")


def back_product(kind: Kind, precision: Precision, dz: Array, turned: Array | Packed) -> Array:
    """The cotangent of `v` from that of the product."""
    if kind is Matrices or isinstance(turned, Packed):
        return _dot(dz, turned, 0, precision)
    dv = _blocks(dz, turned, precision, "...nr,nrd->...nd")
    return dv.reshape(*dv.shape[:-2], -1)


def weight_gradient(kind: Kind, precision: Precision, v: Array, dz: Array) -> Array:
    """The cotangent of the stacked matrix, summed over all leading axes: one product after the loop."""
    leading = tuple(range(v.ndim - 1))
    if kind is Matrices:
        dtype, v, dz = dz.dtype, precision.operand(v), precision.operand(dz)
        if dz.dtype == jnp.bfloat16:
            return _bfloat16_weight_gradient(v, dz, dtype)
        if math.prod(v.shape[:-1]) >= MANY:
            return _turned_weight_gradient(v, dz)
        return lax.dot_general(v, dz, ((leading, leading), ((), ())), preferred_element_type=dz.dtype)
    heads = dz.shape[-2]
    v = v.reshape(*v.shape[:-1], heads, -1)
    if precision.operand(dz).dtype == jnp.bfloat16:
        turned = jax.vmap(_bfloat16_weight_gradient, (-2, -2, None))
        return turned(precision.operand(v), precision.operand(dz), dz.dtype)
    axes = "abcdefg"[: len(leading)]
    return _blocks(dz, v, precision, f"{axes}nr,{axes}nd->ndr")


def _turned_weight_gradient(v: Array, dz: Array) -> Array:
    """Both transposes, of `v` and of the result, are made by themselves.

    Letters lie the other way round, and XLA would fold the transposes into a product that reads both operands across
    their rows, which took 1.5 times as long on CPU (jaxlib 0.10.2, 4,096 x 128 with 4,096 x 512).
    """
    turned = lax.optimization_barrier(jnp.moveaxis(v, -1, 0))
    summed = tuple(range(1, v.ndim)), tuple(range(dz.ndim - 1))
    return lax.optimization_barrier(lax.dot_general(turned, dz, (summed, ((), ())), preferred_element_type=dz.dtype))


def _bfloat16_weight_gradient(v: Array, dz: Array, dtype: Any) -> Array:
    """On CPU, XLA multiplies bfloat16 natively only where the left operand's summed axis is its last one.

    A transpose would be folded into the product and a barrier does not hold it back; a gather does. The barrier keeps
    the transpose of the result, which follows, out of the product too.
    """
    turned = jnp.moveaxis(v, -1, 0)[lax.optimization_barrier(jnp.arange(v.shape[-1]))]
    summed = tuple(range(1, turned.ndim)), tuple(range(dz.ndim - 1))
    return lax.optimization_barrier(lax.dot_general(turned, dz, (summed, ((), ())), preferred_element_type=dtype))


@functools.partial(jax.custom_jvp, nondiff_argnums=(0, 1))
def product(kind: Kind, precision: Precision, v: Array, m: Array) -> Array:
    """`v` (…, columns) times the stacked `m`, whose cotangent is one `weight_gradient`.

    In mixed precision cotangents too are cast before their products.
    """
    return plain_product(kind, precision, v, m)


@product.defjvp
def _product_jvp(kind: Kind, precision: Precision, primals: Any, tangents: Any) -> Any:
    (v, m), (dv, dm) = primals, tangents
    by_v = linear_with_transpose(
        lambda m, dv: plain_product(kind, precision, dv, m),
        lambda m, dz: back_product(kind, precision, dz, m.swapaxes(-1, -2)),
        m,
        dv,
    )
    by_m = linear_with_transpose(
        lambda v, dm: plain_product(kind, precision, v, dm),
        lambda v, dz: weight_gradient(kind, precision, v, dz),
        v,
        dm,
    )
    return product(kind, precision, v, m), by_v + by_m


@functools.partial(jax.custom_jvp, nondiff_argnums=(0, 1))
def known(kind: Kind, precision: Precision, v: Array, turned: Array | Packed, addend: Array, z: Array) -> Array:  # noqa: ARG001
    """The value `z` that a forward loop kept of `v @ m + addend`, with that sum's derivative and not z's own."""
    return z


@known.defjvp
def _known_jvp(kind: Kind, precision: Precision, primals: Any, tangents: Any) -> Any:
    (v, turned, addend, z), (dv, dturned, daddend, _) = primals, tangents
    if precision is Precision.FLOAT32 and not isinstance(turned, Packed):
        by_v = turned_product(kind, precision, dv, turned)
    else:
        by_v = linear_with_transpose(
            lambda t, dv: turned_product(kind, precision, dv, t),
            lambda t, dz: back_product(kind, precision, dz, t),
            turned,
            dv,
        )
    change = by_v + turned_product(kind, precision, v, dturned) + daddend
    return known(kind, precision, v, turned, addend, z), change


def meeting(
    groups: tuple[Group, ...], values: dict[int, Array], apply: Callable[[int, Group, Array], Array | tuple[Array, ...]]
) -> Callable[[Op], None]:
    """What to do when a product is met: the first of a group computes them all, in parts or as one."""
    place = {(g.operand, g.kind): n for n, g in enumerate(groups)}
    done: set[int] = set()

    def meet(op: Op) -> None:
        n = place[op.values[0], op.params["kind"]]
        if n not in done:
            done.add(n)
            split(groups[n], apply(n, groups[n], values[groups[n].operand]), values)

    return meet

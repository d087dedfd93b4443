"""Arrays as the programs of one launch see them: each its own sequences and its own units.

An array has one letter an axis: `t` time, `b` batch, `u` units, `h` one part (a head) a program, `w` the whole axis.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jax.experimental import pallas as pl
from jax.experimental.pallas import triton

from carrousel.engine.gpu.fitting import LEAST, Division


class Port(NamedTuple):
    """An array, or the shape of one that comes out, and its axes."""

    array: Any
    axes: str
    fill: str = "edge"
    """What it is filled up with: copies of its last sequence and unit, or zeros (`constant`)."""


def _ports(f: Any, tree: Any) -> Any:
    return jax.tree.map(f, tree, is_leaf=lambda leaf: isinstance(leaf, Port))


def launch(kernel: Any, division: Division, ins: Any, outs: Any, *, batch: int, interpret: bool) -> Any:
    """Run `kernel(ins, outs)` on references to the arrays in one launch.

    Args:
        kernel: reads and writes each program's share; truth values come as whole numbers.
        division: how the work is divided.
        ins: a tree of `Port`s of arrays.
        outs: a tree of `Port`s of shapes.
        batch: how many sequences there are.
        interpret: run by XLA on this machine's processor instead of by Triton on a GPU.

    Returns:
        The arrays that come out, without what was filled up.
    """
    programs = -(-batch // division.tile), division.parts

    def length(axis: str, size: int) -> int:
        full = {"b": programs[0] * division.tile, "u": programs[1] * division.lanes or size}
        return full.get(axis, size)

    def spec(port: Port) -> pl.BlockSpec:
        def share(axis: str, size: int) -> int | None:
            return {"b": division.tile, "u": division.lanes or size, "h": None}.get(axis, size)

        def place(i: Any, j: Any) -> tuple[Any, ...]:
            return tuple({"b": i, "u": j, "h": j}.get(axis, 0) for axis in port.axes)

        return pl.BlockSpec(tuple(map(share, port.axes, port.array.shape)), place)

    def filled(port: Port) -> Array:
        a = port.array.astype(jnp.int32) if port.array.dtype == jnp.bool_ else port.array
        more = [length(axis, size) - size for axis, size in zip(port.axes, a.shape, strict=True)]
        return jnp.pad(a, [(0, n) for n in more], mode=port.fill) if any(more) else a

    def shape(port: Port) -> jax.ShapeDtypeStruct:
        sizes = tuple(length(axis, size) for axis, size in zip(port.axes, port.array.shape, strict=True))
        return jax.ShapeDtypeStruct(sizes, port.array.dtype)

    given = pl.pallas_call(
        kernel,
        out_shape=_ports(shape, outs),
        grid=programs,
        in_specs=[_ports(spec, ins)],
        out_specs=_ports(spec, outs),
        interpret=interpret,
        compiler_params=triton.CompilerParams(num_warps=8 if division.tile >= LEAST else 4, num_stages=1),
    )(_ports(filled, ins))

    def cut(a: Array, port: Port) -> Array:
        return a[tuple(slice(n) for n in port.array.shape)] if a.shape != port.array.shape else a

    return jax.tree.map(cut, given, outs)

"""Which loops can run in one kernel, and how their work is divided among its programs.

Triton's arrays have sizes that are powers of two, its products want 16 rows and columns or more, and a value can be
neither cut nor joined. So the units of a loop stand in one program together, unless they can be told apart: heads of
block-diagonal products never hear each other, nor do the units of a loop without products.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import jax.numpy as jnp

from carrousel.engine.gpu.operations import ACROSS, UNITWISE
from carrousel.engine.gpu.pieces import in_pieces
from carrousel.engine.kinds import Blocks, Matrices
from carrousel.engine.letters import product_p
from carrousel.engine.plan import Loop
from carrousel.engine.trace import Trace

LEAST: Final = 16
"""The fewest rows or columns of a product."""
LANES: Final = 128
"""Units of a program of a loop without products: one lane a unit."""


class Division(NamedTuple):
    """How a loop's work is divided among the programs of one launch."""

    tile: int
    """Sequences of a program."""
    parts: int
    """In how many parts the units are cut that never hear each other."""
    lanes: int
    """Units of a part, up to which they are filled; 0 where a program has all units, of as many sizes as there are."""
    loop: Loop
    """The loop as one part sees it."""
    values: int
    """How many numbers a step of a program has, each operation's result counted."""


class Unfit(NamedTuple):
    """Why a loop cannot run in one kernel, as the end of a sentence."""

    why: str


def divide(loop: Loop, trace: Trace) -> Division | Unfit:
    """How a loop is divided, or why it cannot be."""
    loop, new = in_pieces(loop, trace)
    dtypes, shapes = dtypes_and_shapes(loop, trace, new)
    names = {op.primitive.name for op in loop.ops}
    if unknown := sorted(names - UNITWISE - ACROSS):
        return Unfit(f"a kernel knows no {unknown[0]}")
    if any(len(shape) > 1 for shape in shapes.values()):
        return Unfit("its step holds a matrix")
    if any(not _is_number(dtype) for dtype in dtypes.values()):
        return Unfit("its step holds complex numbers")
    if any(not jnp.issubdtype(trace.avals[i].dtype, jnp.floating) for i in loop.gives):
        return Unfit("it gives values that are no real numbers")
    kinds = {group.kind for group in loop.groups}
    values = sum(math.prod(shapes[o]) for op in loop.ops for o in op.outs if o in shapes)
    values += sum(math.prod(shapes[s.out]) for g in loop.groups for s in g.slots if s.addend is not None)
    alone = (len(kinds) < 2 and Blocks in kinds) or not kinds
    heads = next((trace.avals[s.matrix].shape[0] for g in loop.groups for s in g.slots if g.kind is Blocks), 1)
    units = units_of(loop, shapes)
    if alone and units and names <= UNITWISE:
        return _apart(loop, units, heads, values)
    if Blocks in kinds:
        return Unfit("its heads cannot be told apart" if alone else "it has products of whole matrices and of heads")
    sizes = {math.prod(shape) for shape in shapes.values()}
    sizes |= {n for g in loop.groups for s in g.slots for n in (s.rows, *shapes[g.operand])}
    if odd := sorted(n for n in sizes if n & (n - 1)):
        return Unfit(f"its units stand in one program, which takes powers of two and not {odd[0]}")
    columns = {n for g in loop.groups for n in (*(s.rows for s in g.slots), *shapes[g.operand])}
    if columns and min(columns) < LEAST:
        return Unfit(f"a kernel's products have {LEAST} rows and columns or more, not {min(columns)}")
    tile = LEAST if loop.groups else 1
    return Division(tile, 1, 0, loop, values * tile)


def _apart(loop: Loop, units: int, heads: int, values: int) -> Division | Unfit:
    if not loop.groups:
        lanes = min(LANES, 1 << (units - 1).bit_length())
        return Division(1, -(-units // lanes), lanes, loop, values * lanes // units)
    if any(slot.rows != units for group in loop.groups for slot in group.slots):
        return Unfit("its heads have values of several sizes")
    size = units // heads
    if size < LEAST or size & (size - 1):
        return Unfit(f"heads have a power of two of units from {LEAST} on, not {size}")
    return Division(LEAST, heads, size, _one_head(loop, heads), values * LEAST // heads)


def _one_head(loop: Loop, heads: int) -> Loop:
    """What is block-diagonal to all is a whole matrix to one head."""
    ops = tuple(
        op._replace(params={**op.params, "kind": Matrices}) if op.primitive is product_p else op for op in loop.ops
    )
    groups = tuple(
        g._replace(kind=Matrices, slots=tuple(s._replace(rows=s.rows // heads) for s in g.slots)) for g in loop.groups
    )
    return dataclasses.replace(loop, ops=ops, groups=groups)


def dtypes_and_shapes(
    loop: Loop, trace: Trace, new: Mapping[int, Any] = MappingProxyType({})
) -> tuple[dict[int, Any], dict[int, Any]]:
    """The number types of every value of the step, and their shapes; of `new` values the shapes alone are known."""
    dtypes = {i: trace.avals[i].dtype for i in _values(loop) if i not in new}
    return dtypes, {i: trace.avals[i].shape for i in dtypes} | dict(new)


def _values(loop: Loop) -> Iterable[int]:
    """Every value of the step."""
    known = (*loop.states, *loop.smooth, *loop.whole, *loop.learned, *loop.fixed)
    return (*known, *(o for op in loop.ops for o in op.outs), *(s.out for g in loop.groups for s in g.slots))


def units_of(loop: Loop, shapes: dict[int, Any]) -> int:
    """How many units all states and sequences of a loop have; 0 where they differ."""
    sizes = {shapes[i] for i in (*loop.states, *loop.smooth, *loop.whole)}
    sizes |= {shapes[i] for i in (*loop.learned, *loop.fixed) if shapes[i]}
    return sizes.pop()[0] if len(sizes) == 1 and () not in sizes else 0


def _is_number(dtype: Any) -> bool:
    return bool(jnp.issubdtype(dtype, jnp.floating) or jnp.issubdtype(dtype, jnp.integer) or dtype == jnp.bool_)

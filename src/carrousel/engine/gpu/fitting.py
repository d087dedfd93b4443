"""Which loops can run in one kernel, and how their work is divided among its programs.

Triton's arrays have sizes that are powers of two, its products want 16 rows and columns or more, and a value can be
neither cut nor joined. So the units of a loop stand in one program together, unless they can be told apart: heads of
block-diagonal products never hear each other, nor do the units of a loop without products.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import jax.numpy as jnp

from carrousel.engine.kinds import Blocks
from carrousel.engine.plan import Loop
from carrousel.engine.trace import Trace

UNITWISE: Final = frozenset(
    {
        "abs",
        "add",
        "add_any",
        "and",
        "convert_element_type",
        "copy",
        "cos",
        "div",
        "eq",
        "exp",
        "exp2",
        "expm1",
        "ge",
        "gt",
        "integer_pow",
        "le",
        "log",
        "log1p",
        "logistic",
        "lt",
        "max",
        "min",
        "mul",
        "ne",
        "neg",
        "not",
        "or",
        "pow",
        "product",
        "rsqrt",
        "select_n",
        "sign",
        "sin",
        "sqrt",
        "square",
        "stop_gradient",
        "sub",
        "tanh",
    }
)
"""Operations that keep units apart; of products, the heads."""
ACROSS: Final = frozenset(["broadcast_in_dim", "reduce_max", "reduce_min", "reduce_sum"])
"""Operations that join units."""
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


class Unfit(NamedTuple):
    """Why a loop cannot run in one kernel, as the end of a sentence."""

    why: str


def divide(loop: Loop, trace: Trace) -> Division | Unfit:
    """How a loop is divided, or why it cannot be."""
    shapes = {i: trace.avals[i].shape for i in _values(loop)}
    names = {op.primitive.name for op in loop.ops}
    if unknown := sorted(names - UNITWISE - ACROSS):
        return Unfit(f"a kernel knows no {unknown[0]}")
    if any(len(shape) > 1 for shape in shapes.values()):
        return Unfit("its step holds a matrix")
    if any(not _is_number(trace.avals[i].dtype) for i in shapes):
        return Unfit("its step holds complex numbers")
    if any(not jnp.issubdtype(trace.avals[i].dtype, jnp.floating) for i in loop.gives):
        return Unfit("it gives values that are no real numbers")
    kinds = {group.kind for group in loop.groups}
    alone = (len(kinds) < 2 and Blocks in kinds) or not kinds
    heads = next((trace.avals[s.matrix].shape[0] for g in loop.groups for s in g.slots if g.kind is Blocks), 1)
    units = _units(loop, shapes)
    if alone and units and names <= UNITWISE:
        return _apart(loop, units, heads)
    if Blocks in kinds:
        return Unfit("its heads cannot be told apart" if alone else "it has products of whole matrices and of heads")
    sizes = {math.prod(shape) for shape in shapes.values()}
    sizes |= {n for g in loop.groups for s in g.slots for n in (s.rows, *shapes[g.operand])}
    if odd := sorted(n for n in sizes if n & (n - 1)):
        return Unfit(f"its units stand in one program, which takes powers of two and not {odd[0]}")
    columns = {n for g in loop.groups for n in (*(s.rows for s in g.slots), *shapes[g.operand])}
    if columns and min(columns) < LEAST:
        return Unfit(f"a kernel's products have {LEAST} rows and columns or more, not {min(columns)}")
    return Division(LEAST if loop.groups else 1, 1, 0)


def _apart(loop: Loop, units: int, heads: int) -> Division | Unfit:
    if not loop.groups:
        lanes = min(LANES, 1 << (units - 1).bit_length())
        return Division(1, -(-units // lanes), lanes)
    if any(slot.rows != units for group in loop.groups for slot in group.slots):
        return Unfit("its heads have values of several sizes")
    size = units // heads
    if size < LEAST or size & (size - 1):
        return Unfit(f"heads have a power of two of units from {LEAST} on, not {size}")
    return Division(LEAST, heads, size)


def _values(loop: Loop) -> Iterable[int]:
    """Every value of the step."""
    known = (*loop.states, *loop.smooth, *loop.whole, *loop.learned, *loop.fixed)
    return (*known, *(o for op in loop.ops for o in op.outs), *(s.out for g in loop.groups for s in g.slots))


def _units(loop: Loop, shapes: dict[int, Any]) -> int:
    """How many units all states and sequences of a loop have; 0 where they differ."""
    sizes = {shapes[i] for i in (*loop.states, *loop.smooth, *loop.whole)}
    sizes |= {shapes[i] for i in (*loop.learned, *loop.fixed) if shapes[i]}
    return sizes.pop()[0] if len(sizes) == 1 and () not in sizes else 0


def _is_number(dtype: Any) -> bool:
    return bool(jnp.issubdtype(dtype, jnp.floating) or jnp.issubdtype(dtype, jnp.integer) or dtype == jnp.bool_)

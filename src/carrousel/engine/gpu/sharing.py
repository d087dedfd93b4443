"""Which loops a cluster of thread blocks can run together, and what each block holds.

Each block owns some units: their rows of every recurrent matrix, which stand in its shared memory for the whole
sequence, and their states. So a step may join units in its products and nowhere else.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import jax.numpy as jnp

from carrousel.engine.gpu.fitting import Unfit, dtypes_and_shapes, units_of
from carrousel.engine.gpu.operations import IN_CLUSTERS, UNITWISE
from carrousel.engine.kinds import Matrices
from carrousel.engine.plan import Group, Loop
from carrousel.engine.trace import Trace

TILE: Final = 16
"""Sequences of a cluster, and the fewest units of a block."""
WIDE: Final = 64
"""Rows of one product of a warp group."""
SIZES: Final = (8, 4, 2, 16)
"""Blocks of a cluster, the first that does being taken: 8 can be had on every Hopper card, 16 on an H100 or H200."""
SHARED: Final = 227 * 1024
"""Bytes of shared memory that a block can have on Hopper."""
BESIDE: Final = 4 * 1024
"""Bytes of it that are left to barriers and to the alignment of buffers."""


class Sharing(NamedTuple):
    """How a loop's work is shared out among the blocks of a cluster."""

    blocks: int
    units: int
    """Units of a block."""
    loop: Loop

    @property
    def buffers(self) -> int:
        """How many copies there are of what blocks tell each other.

        A block may be a meeting ahead of another: where a step has one meeting, it writes while the other still reads.
        """
        return 2 if len(self.loop.groups) == 1 else 1

    def rows(self, group: Group) -> int:
        """Rows of a block's part of a stacked matrix, filled up to whole products."""
        return -(-len(group.slots) * self.units // WIDE) * WIDE

    @property
    def held(self) -> int:
        """Bytes of shared memory that the kernel of either direction takes at most, with bfloat16 operands."""
        width = self.blocks * self.units
        rows = [self.rows(group) for group in self.loop.groups]
        exchanged = self.buffers * len(rows) * width * TILE
        matrices = 2 * sum(rows) * width
        return matrices + max(2 * exchanged + 4 * max(rows) * TILE, 4 * exchanged + 2 * max(rows) * TILE)


def share(loop: Loop, trace: Trace) -> Sharing | Unfit:
    """How a loop is shared out, or why it cannot be."""
    if not loop.groups:
        return Unfit("it has no products")
    if any(group.kind is not Matrices for group in loop.groups):
        return Unfit("its units stand in heads, which one kernel takes")
    dtypes, shapes = dtypes_and_shapes(loop, trace)
    names = {op.primitive.name for op in loop.ops}
    if across := sorted(names - UNITWISE):
        return Unfit(f"blocks meet in products alone, and its step has {across[0]}")
    if unknown := sorted(names - IN_CLUSTERS):
        return Unfit(f"a cluster knows no {unknown[0]}")
    if any(jnp.issubdtype(dtype, jnp.complexfloating) for dtype in dtypes.values()):
        return Unfit("its step holds complex numbers")
    if any(not jnp.issubdtype(trace.avals[i].dtype, jnp.floating) for i in loop.gives):
        return Unfit("it gives values that are no real numbers")
    width = units_of(loop, shapes)
    if not width or any(shapes[g.operand] != (width,) or {s.rows for s in g.slots} != {width} for g in loop.groups):
        return Unfit("its states and products have several sizes")
    if width % WIDE:
        return Unfit(f"a cluster takes multiples of {WIDE} units, not {width}")
    ways = [Sharing(n, width // n, loop) for n in SIZES if width % (n * TILE) == 0]
    found = next((way for way in ways if way.held <= SHARED - BESIDE), None)
    if found is None:
        return Unfit(f"{max(SIZES)} blocks have no room for its matrices of {width} units")
    return found

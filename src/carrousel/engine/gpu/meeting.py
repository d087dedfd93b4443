"""Products of a cluster, forward and backward: each block holds its rows of a matrix, and all of them meet once.

Forward a block tells all others the part of the operand that it owns, and multiplies the whole operand by its rows.
Backward it multiplies the cotangents of its rows by the rows turned, which gives a part of every unit's cotangent, and
each block takes the parts of its own units from all others.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array, lax
from jax.experimental import pallas as pl
from jax.experimental.pallas import mosaic_gpu as plgpu

from carrousel.engine.gpu.blocks import BLOCK, Block, Buffer
from carrousel.engine.gpu.sharing import TILE, Sharing
from carrousel.engine.plan import Group

CLUSTER = "cluster"
"""The axis of a launch along which clusters stand."""


class Meeting:
    """One block's side of the products of a sequence; `step` is the step's number."""

    def __init__(self, blocks: Block, sharing: Sharing, memory: Any, barriers: Any) -> None:
        self.blocks, self.sharing, self.memory, self.barriers = blocks, sharing, memory, barriers

    def hold(self, matrices: Any) -> None:
        """Copy this block's rows of every matrix into its memory."""
        waiting = self.blocks.own(self.barriers[0])
        for ref, held in zip(matrices, self.memory["matrices"], strict=True):
            plgpu.copy_gmem_to_smem(ref.at[lax.axis_index(BLOCK)], self.blocks.own(held), waiting)
            plgpu.barrier_wait(waiting)

    def clear(self) -> None:
        """Write zeros where cotangents will stand: rows that a group fills up with are never written again."""
        found = self.memory["products"]
        self.blocks.own(found)[...] = self.blocks.settled(jnp.zeros(found.shape[-2:], found.dtype))

    def multiply(self, step: Any, n: int, group: Group, v: Array) -> tuple[Array, ...]:
        """This block's rows of group `n`'s products with an operand of which it owns `v`."""
        told, found = self.memory["exchanged"][n], self.memory["products"]
        copy, units = self._copy(step), self.sharing.units
        v = v.astype(self.memory["matrices"][n].dtype)
        for other in range(self.sharing.blocks):
            self.blocks.of(other, told, copy, pl.ds(lax.axis_index(BLOCK) * units, units))[...] = v
        self.blocks.meet(self.barriers)
        plgpu.commit_smem()
        rows = self.sharing.rows(group)
        held = self.blocks.own(self.memory["matrices"][n])
        self.blocks.own(found, pl.ds(0, rows))[...] = self.blocks.product(
            held, self.blocks.own(told, copy), found.dtype
        )
        plgpu.commit_smem()
        return tuple(self.blocks.read(self.blocks.own(found, span)) for span in self._spans(group))

    def turn(self, step: Any, n: int, group: Group, dz: tuple[Array, ...]) -> Array:
        """The cotangent of what this block owns of group `n`'s operand, from those of its rows."""
        sent, found = self.memory["exchanged"][n], self.memory["products"]
        held, copy, units = self.blocks.own(self.memory["matrices"][n]), self._copy(step), self.sharing.units
        for span, d in zip(self._spans(group), dz, strict=True):
            self.blocks.own(found, span)[...] = d.astype(found.dtype)
        plgpu.commit_smem()
        operand = self.blocks.own(found, pl.ds(0, self.sharing.rows(group)))
        self.blocks.own(sent, copy)[...] = self.blocks.product(held, operand, sent.dtype, turned=True)
        self.blocks.meet(self.barriers)
        mine = copy, pl.ds(lax.axis_index(BLOCK) * units, units)
        first, *rest = [self.blocks.read(self.blocks.of(n, sent, *mine)) for n in range(self.sharing.blocks)]
        for part in rest:
            first += part
        return first

    def _copy(self, step: Any) -> Any:
        return step % self.sharing.buffers if self.sharing.buffers > 1 else 0

    def _spans(self, group: Group) -> list[Any]:
        return [pl.ds(n * self.sharing.units, self.sharing.units) for n in range(len(group.slots))]


def buffers(sharing: Sharing, operand: Any, dtype: Any, *, backward: bool) -> dict[str, Any]:
    """What each block has in its shared memory."""
    groups, width = sharing.loop.groups, sharing.blocks * sharing.units
    rows = [sharing.rows(group) for group in groups]
    told = Buffer((sharing.buffers, width, TILE), dtype if backward else operand, tiled=not backward)
    return {
        "matrices": [Buffer((n, width), operand, tiled=True) for n in rows],
        "exchanged": [told for _ in groups],
        "products": Buffer((max(rows), TILE), operand if backward else dtype, tiled=backward),
    }


def is_buffer(leaf: Any) -> bool:
    """Whether this is a buffer's description, as a leaf of a tree."""
    return isinstance(leaf, Buffer)


def launch(kernel: Any, blocks: Block, memory: Any, ins: Any, outs: Any, *, count: int, name: str) -> Any:
    """Run `kernel(ins, outs, memory, barriers)` on references in one launch of `count` clusters."""
    given, of_ins = jax.tree.flatten(ins)
    shapes, of_outs = jax.tree.flatten(outs)
    buffers, of_memory = jax.tree.flatten(memory, is_leaf=is_buffer)

    def body(*refs: Any) -> None:
        taken, rest = refs[: len(given)], refs[len(given) :]
        made, held = rest[: len(shapes)], rest[len(shapes) :]
        trees = map(jax.tree.unflatten, (of_ins, of_outs, of_memory), (taken, made, held[: len(buffers)]))
        kernel(*trees, held[len(buffers) :])

    run = plgpu.kernel(
        body,
        out_type=shapes,
        scratch_types=[*map(blocks.memory, buffers), *blocks.barriers()],
        grid=(count,),
        grid_names=(CLUSTER,),
        kernel_name=name,
        **blocks.launched(),
    )
    return jax.tree.unflatten(of_outs, run(*given))

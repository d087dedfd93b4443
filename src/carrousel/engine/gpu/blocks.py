"""The blocks of a cluster: what each has, and how they meet.

A kernel's body is written once, on arrays of (units, sequences) of one block. On a GPU blocks reach into each other's
shared memory and meet at the cluster's barrier. Interpreted, without a GPU, they are threads that run side by side with
buffers of their own and meet at a barrier of JAX's interpreter: a body that does not meet where it must is wrong there
too.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple, Protocol, cast, runtime_checkable

import jax.numpy as jnp
from jax import Array, lax
from jax.experimental import pallas as pl
from jax.experimental.pallas import mosaic_gpu as plgpu

from carrousel.engine.gpu.sharing import TILE, Sharing

BLOCK: Final = "block"
"""The axis of a launch along which the blocks of a cluster stand."""
SWIZZLE: Final = 32
"""Bytes of a row of a tile in shared memory: 16 numbers of bfloat16."""


class Buffer(NamedTuple):
    """A buffer that each block has; what products read is cut into tiles."""

    shape: tuple[int, ...]
    dtype: Any
    tiled: bool = False


@runtime_checkable
class Block(Protocol):
    """What a body asks of its block and of the others."""

    def launched(self) -> dict[str, Any]:
        """How a kernel of such blocks is launched."""

    def memory(self, buffer: Buffer) -> Any:
        """The type of a buffer."""

    def barriers(self) -> list[Any]:
        """The types of the barriers: of copies, and of meetings if they need one."""

    def own(self, ref: Any, *index: Any) -> Any:
        """This block's buffer, or a part of it."""

    def of(self, other: int, ref: Any, *index: Any) -> Any:
        """Another block's buffer, or a part of it."""

    def read(self, ref: Any) -> Array:
        """An array of (units, sequences)."""

    def product(self, a: Any, b: Any, dtype: Any, *, turned: bool = False) -> Array:
        """`a`, or its transpose, times `b`: references to this block's memory."""

    def settled(self, value: Array) -> Array:
        """A value that stands in the registers as those do that were read."""

    def meet(self, barriers: Any) -> None:
        """Wait for all blocks; what they have written is seen from then on."""


class OnChip(NamedTuple):
    """Blocks of a cluster on a GPU."""

    sharing: Sharing

    def launched(self) -> dict[str, Any]:
        """A cluster; where a block waits for its own threads is said in the body."""
        _know_sums()
        params = plgpu.CompilerParams(
            lowering_semantics=plgpu.LoweringSemantics.Lane, unsafe_no_auto_barriers=True, approx_math=False
        )
        return {"cluster": (self.sharing.blocks,), "cluster_names": (BLOCK,), "compiler_params": params}

    def memory(self, buffer: Buffer) -> Any:
        """Shared memory, in tiles as the tensor cores read it."""
        tiles = (plgpu.TilingTransform((8, TILE)), plgpu.SwizzleTransform(SWIZZLE))
        return plgpu.SMEM(buffer.shape, buffer.dtype, transforms=tiles if buffer.tiled else ())

    def barriers(self) -> list[Any]:
        """Of copies alone; the machine has one of its own for clusters."""
        return [plgpu.Barrier()]

    def own(self, ref: Any, *index: Any) -> Any:
        """Every block has its own."""
        return ref.at[index] if index else ref

    def of(self, other: int, ref: Any, *index: Any) -> Any:
        """The same place in another block's memory."""
        return plgpu.cluster_ref(self.own(ref, *index), {BLOCK: other})

    def read(self, ref: Any) -> Array:
        """Laid out over the four warps."""
        return plgpu.load(ref, ..., layout=self._layout, optimized=False)

    def product(self, a: Any, b: Any, dtype: Any, *, turned: bool = False) -> Array:
        """By the tensor cores, all four warps together."""
        a = plgpu.transpose_ref(a, (1, 0)) if turned else a

        def multiplied(sums: Any) -> Array:
            plgpu.wgmma(sums, a, b)
            return cast(Array, sums[...])

        product: Array = pl.run_scoped(multiplied, plgpu.WGMMAAccumulatorRef((a.shape[0], b.shape[1]), dtype))
        return product

    def settled(self, value: Array) -> Array:
        """The same layout."""
        return plgpu.layout_cast(value, self._layout)

    def meet(self, barriers: Any) -> None:  # noqa: ARG002 - see `barriers`
        """Release what was written, acquire what others wrote."""
        from jaxlib.mlir.dialects import nvvm  # noqa: PLC0415 - there only where a kernel is made for a GPU

        @plgpu.inline_mgpu()  # type: ignore[untyped-decorator]
        def together(_: Any) -> None:
            nvvm.cluster_arrive(aligned=True)
            nvvm.cluster_wait(aligned=True)

        together()

    @property
    def _layout(self) -> Any:
        """Which thread has which numbers: a warp has rows one after the other, a thread a few numbers of a row."""
        rows = 8 if self.sharing.units % 32 == 0 else 4
        tiles = ((4 * rows, TILE), (rows, TILE), (rows // 2,))
        return plgpu.Layout.TILED(plgpu.Tiling(tiles), warp_dims=(-5,), lane_dims=(-3, -2), vector_dim=-1)


class Threads(NamedTuple):
    """Blocks as threads of JAX's interpreter, where all buffers stand in one memory."""

    sharing: Sharing

    def launched(self) -> dict[str, Any]:
        """As many threads as there are blocks."""
        from jax._src.pallas.mosaic_gpu.interpret.params import InterpretGPUParams  # noqa: PLC0415 - has no public name

        return {"num_threads": self.sharing.blocks, "thread_name": BLOCK, "interpret": InterpretGPUParams()}

    def memory(self, buffer: Buffer) -> Any:
        """One for each thread."""
        return plgpu.SMEM((self.sharing.blocks, *buffer.shape), buffer.dtype)

    def barriers(self) -> list[Any]:
        """A barrier of copies a thread, and one at which all meet."""
        return [plgpu.Barrier(num_barriers=self.sharing.blocks), plgpu.Barrier(num_arrivals=self.sharing.blocks)]

    def own(self, ref: Any, *index: Any) -> Any:
        """That of this thread."""
        return ref.at[(lax.axis_index(BLOCK), *index)]

    def of(self, other: int, ref: Any, *index: Any) -> Any:
        """That of another."""
        return ref.at[(other, *index)]

    def read(self, ref: Any) -> Array:
        """As it is."""
        return ref[...]

    def product(self, a: Any, b: Any, dtype: Any, *, turned: bool = False) -> Array:
        """By XLA."""
        a = a[...].T if turned else a[...]
        return jnp.matmul(a, b[...], preferred_element_type=dtype)

    def settled(self, value: Array) -> Array:
        """As it is."""
        return value

    def meet(self, barriers: Any) -> None:
        """Wait for all threads."""
        plgpu.barrier_arrive(barriers[1])
        plgpu.barrier_wait(barriers[1])


def _know_sums() -> None:
    """Teach Mosaic the sum of two cotangents, which JAX writes as an operation of its own and Mosaic does not know."""
    from jax._src.ad_util import add_any_p  # noqa: PLC0415 - has no public name, as have those below
    from jax._src.pallas.mosaic_gpu.core import LANExWG_SEMANTICS  # noqa: PLC0415
    from jax._src.pallas.mosaic_gpu.lowering import mosaic_lowering_rules  # noqa: PLC0415

    rules = mosaic_lowering_rules[LANExWG_SEMANTICS]
    rules.setdefault(add_any_p, rules[lax.add_p])

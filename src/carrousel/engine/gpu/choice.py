"""When a loop runs in one kernel: where a caller says so, or where there is one GPU and the loop fits."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import jax
import jax.numpy as jnp

from carrousel.engine.plan import Loop, Plan
from carrousel.engine.precision import Precision
from carrousel.engine.scanning import Scan
from carrousel.errors import CellError

if TYPE_CHECKING:
    from carrousel.engine.gpu.fitting import Division
    from carrousel.engine.gpu.sharing import Sharing

KIB: Final = 1024
MATRICES: Final[Mapping[str, int]] = MappingProxyType(
    {"8.0": 128 * KIB, "8.6": 64 * KIB, "8.9": 64 * KIB, "9.0": 128 * KIB, "10.0": 128 * KIB, "12.0": 64 * KIB}
)
"""For each compute capability, how many bytes of recurrent matrices a program may hold. They stand in the memory that a
multiprocessor shares, of which a program can have 163, 99 or 227 KiB; beside them a kernel takes some 8 KiB. Read off
the code that Triton makes for 9.0, not yet measured. What is not here runs no kernel by itself."""
VALUES: Final = 256 * KIB
"""Bytes that the results of all operations of a step may have together: the registers of a multiprocessor. Triton's
code for 9.0 has its values in registers up to there (at 248 KiB 96 bytes of them elsewhere). Not yet measured."""
FOLDING: Final = frozenset({"reduce_max", "reduce_min", "reduce_sum"})
"""Norms and the like: the reverse of such steps has 6 to 27 KB of its values outside of registers in Triton's code for
9.0, so until it is measured they run in a kernel where a caller wants one, and not by themselves."""
INTERPRETER: Final = "0.10."
"""The JAX whose interpreter runs clusters without a GPU; that of 0.11.2 was seen to wait for itself for ever."""
STEPS: Final = 16
"""From how many steps on a kernel is worth its launch. Not yet measured."""


def on_gpu() -> bool:
    """Whether this process runs on a GPU."""
    return jax.default_backend() == "gpu"


def room() -> int | None:
    """How many bytes of matrices a program of this process's GPU may hold; None where kernels do not run by themselves.

    That is where there is no GPU, several, or one that is not in the table.
    """
    if not on_gpu() or jax.device_count() > 1:
        return None
    return MATRICES.get(str(getattr(jax.devices()[0], "compute_capability", "")))


def way_in_kernel(loop: Loop, plan: Plan, scan: Scan, precision: Precision, time: int) -> Any:
    """What runs a loop in one kernel, or None where it runs otherwise.

    Raises:
        CellError: the caller wants a kernel, and the loop does not fit one.
    """
    division = division_of(loop, plan, scan, precision, time)
    if division is None:
        return None
    from carrousel.engine.gpu.run import run_in_kernel  # noqa: PLC0415 - Pallas is slow to import, and seldom used
    from carrousel.engine.gpu.step import Launch  # noqa: PLC0415

    interpret = not on_gpu()
    return lambda how, control, given: run_in_kernel(Launch(how, division, interpret), control, given)


def division_of(loop: Loop, plan: Plan, scan: Scan, precision: Precision, time: int) -> Division | Sharing | None:
    """How a loop is divided among a kernel's programs or a cluster's blocks, or None where it runs otherwise.

    Raises:
        CellError: the caller wants a kernel or a cluster, and the loop does not fit one.
    """
    if scan is Scan.CLUSTER:
        return _sharing_of(loop, plan, precision)
    if scan is not Scan.KERNEL and (scan is not Scan.AUTO or loop.kind == "matrix" or time < STEPS or room() is None):
        return None
    from carrousel.engine.gpu.fitting import Unfit, divide  # noqa: PLC0415 - most runs come to no kernel

    division = divide(loop, plan.trace)
    if scan is Scan.KERNEL:
        if isinstance(division, Unfit):
            raise CellError(f"{plan.cell.name} does not fit one kernel: {division.why}; leave scan at auto")
        return division
    if isinstance(division, Unfit) or plan.dtype != jnp.float32:
        return None
    if any(op.primitive.name in FOLDING for op in division.loop.ops):
        return None
    small = _held(loop, plan, precision) // division.parts <= (room() or 0) and 4 * division.values <= VALUES
    return division if small else None


def _sharing_of(loop: Loop, plan: Plan, precision: Precision) -> Sharing:
    from carrousel.engine.gpu.fitting import Unfit  # noqa: PLC0415 - most runs come to no kernel
    from carrousel.engine.gpu.sharing import share  # noqa: PLC0415

    sharing = share(loop, plan.trace)
    if isinstance(sharing, Unfit):
        raise CellError(f"{plan.cell.name} does not fit a cluster: {sharing.why}; leave scan at auto")
    if on_gpu() and (precision is not Precision.MIXED or plan.dtype != jnp.float32):
        raise CellError(f"a cluster's products are of bfloat16; set precision to mixed to run {plan.cell.name} in one")
    if not on_gpu() and not jax.__version__.startswith(INTERPRETER):
        raise CellError(f"without a GPU a cluster runs in JAX {INTERPRETER}x alone, not in {jax.__version__}")
    return sharing


def _held(loop: Loop, plan: Plan, precision: Precision) -> int:
    """Bytes of the matrices of a loop."""
    each = 2 if precision is Precision.MIXED else 4
    return sum(each * plan.trace.avals[s.matrix].size for g in loop.groups for s in g.slots)

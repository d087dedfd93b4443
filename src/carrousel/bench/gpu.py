"""Long sequences on a GPU in bfloat16: our plain loop of steps, our kernel of one launch, and cuDNN through PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import jax
import jax.numpy as jnp

from carrousel.bench.result import Result, Row
from carrousel.bench.sides import check, replaced
from carrousel.bench.timing import Run, interleave, ratio
from carrousel.bench.torch_peers import cudnn_step, torch_sides
from carrousel.cells import find_cell
from carrousel.errors import CarrouselError, CellError, MissingPackageError
from carrousel.layers import Recurrent

TIME, BATCH = 1024, 16
CHECKED: Final = 32
"""Steps at which the kernel is compared with the loop of steps before it is timed."""
AGREE: Final = 2e-2
"""Values and gradients in bfloat16 agree to this, relative to 1 + their size; its operands are right to 4e-3."""
CUDNN: Final = {"lstm": "LSTM", "gru": "GRU"}
"""Cells that cuDNN has."""


class Size(NamedTuple):
    """A cell at one width."""

    cell: str
    hidden: int
    heads: int = 0

    def __str__(self) -> str:
        heads = f" in {self.heads} heads of {self.hidden // self.heads}" if self.heads else ""
        return f"{self.cell} H{self.hidden}{heads}"


SIZES: Final = (
    Size("lstm", 512),
    Size("gru", 512),
    *(Size(cell, 128) for cell in ("lstm", "gru", "peephole-lstm")),
    *(Size(cell, 64) for cell in ("lstm", "layer-norm-lstm")),
    *(Size("slstm", 512, heads) for heads in (32, 16, 8, 4)),
    Size("indy-lstm", 512),
)


def run_gpu(
    *, rounds: int, threads: int, sizes: Sequence[Size] = SIZES, time: int = TIME, batch: int = BATCH
) -> Result:
    """Forward and backward of every size, each way that there is.

    Raises:
        CarrouselError: JAX sees no GPU, or a kernel gives other values than the loop of steps.
    """
    if jax.default_backend() != "gpu":
        raise CarrouselError(
            f"the case gpu needs a GPU that JAX sees, and it sees {jax.default_backend()} only; "
            'install it with `pip install "jax[cuda12]"` on a machine that has one'
        )
    rows = [_row(size, time, batch, rounds=rounds, threads=threads) for size in sizes]
    says = (
        f"{jax.devices()[0].device_kind}, bfloat16 products, T{time} B{batch}, forward and backward with the inputs' "
        "gradient; ratio: the faster of ours by cuDNN, or where that has no such cell the kernel by the loop of steps"
    )
    return Result(case="gpu", says=says, rows=rows)


def _row(size: Size, time: int, batch: int, *, rounds: int, threads: int) -> Row:
    cell = find_cell(size.cell)
    cell = cell.with_options(heads=size.heads) if size.heads else cell
    layer = Recurrent(cell, inputs=size.hidden, hidden=size.hidden, key=jax.random.key(0))
    xs = jax.random.normal(jax.random.key(1), (time, batch, size.hidden))
    sides: dict[str, Run] = {"steps": _step(layer, xs, "steps")}
    figures: dict[str, Any] = {}
    try:
        agree(layer, xs[:CHECKED])
        sides["kernel"] = _step(layer, xs, "kernel")
    except CellError as error:
        figures["no kernel"] = str(error)
    try:
        if kind := CUDNN.get(size.cell):
            peer = cudnn_step(kind, time=time, batch=batch, hidden=size.hidden, threads=threads)
            with jax.default_matmul_precision("highest"):
                check(next(side for side in torch_sides() if side.cell == size.cell), threads=threads)
            sides["cuDNN"] = peer
    except MissingPackageError as error:
        figures["no cuDNN"] = str(error)
    try:
        times = interleave(sides, rounds=rounds)
    except jax.errors.JaxRuntimeError as error:
        raise CarrouselError(f"{size} could not be run on this GPU: {str(error).splitlines()[0]}") from error
    figures |= {side: t.json() for side, t in times.items()}
    ours = min((times[side] for side in ("steps", "kernel") if side in times), key=lambda t: t.median)
    if "cuDNN" in times:
        return Row(name=str(size), ratio=ratio(ours, times["cuDNN"]), bar=1.0, figures=figures)
    return Row(
        name=str(size), ratio=ratio(times["kernel"], times["steps"]) if "kernel" in times else None, figures=figures
    )


def _derived(layer: Recurrent, scan: str) -> Callable[..., Any]:
    def loss(letters: Any, xs: Any) -> Any:
        ys = replaced(layer, letters)(xs, scan=scan, precision="mixed", segment=0)[0]
        return jnp.sum(ys)

    return jax.jit(jax.value_and_grad(loss, argnums=(0, 1)))


def _step(layer: Recurrent, xs: Any, scan: str) -> Run:
    derived = _derived(layer, scan)
    return lambda: jax.block_until_ready(derived(layer.letters, xs))


def agree(layer: Recurrent, xs: Any) -> None:
    """See that the kernel gives the values and gradients of the loop of steps.

    Raises:
        CellError: the cell fits no kernel.
        CarrouselError: it gives others; nothing is timed then.
    """
    kernel, steps = (_derived(layer, scan)(layer.letters, xs) for scan in ("kernel", "steps"))
    for a, b in zip(jax.tree.leaves(kernel), jax.tree.leaves(steps), strict=True):
        if not float(jnp.max(jnp.abs(a - b))) <= AGREE * (1 + float(jnp.max(jnp.abs(b)))):
            raise CarrouselError(
                f"the kernel of {layer.cell.name} gives other values than its loop of steps, so nothing was timed"
            )

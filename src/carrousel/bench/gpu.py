"""Long sequences on a GPU in bfloat16: our loop of steps, our kernels of one launch, and cuDNN through PyTorch."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any, Final, NamedTuple

import jax
import jax.numpy as jnp

from carrousel.bench.result import Result, Row
from carrousel.bench.sides import check, replaced
from carrousel.bench.timing import Run, interleave, ratio
from carrousel.bench.torch_peers import cudnn_step, torch_sides
from carrousel.cells import find_cell
from carrousel.errors import CarrouselError
from carrousel.layers import Recurrent

TIME, BATCH = 1024, 16
CHECKED: Final = 32
"""Steps at which the kernel is compared with the loop of steps before it is timed."""
AGREE: Final = 2e-2
"""Values and gradients in bfloat16 agree to this, relative to 1 + their size; its operands are right to 4e-3."""
CUDNN: Final = {"lstm": "LSTM", "gru": "GRU"}
"""Cells that cuDNN has."""
KERNELS: Final = ("kernel", "cluster")
"""Our kernels: units together in one block, and shared out among the blocks of a cluster."""
LIMIT: Final = 480.0
"""Seconds after which no further size is begun."""
PATIENCE: Final = 90
"""Seconds that a kernel may take in a process of its own, compilation included."""
FAILURES: Final = (CarrouselError, RuntimeError, ValueError, TypeError, AttributeError, ImportError, AssertionError)
"""What may go wrong where a kernel meets a compiler and a card for the first time."""


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
    Size("peephole-lstm", 512),
    *(Size(cell, 256) for cell in ("lstm", "gru")),
    *(Size(cell, 128) for cell in ("lstm", "gru", "peephole-lstm")),
    *(Size(cell, 64) for cell in ("lstm", "layer-norm-lstm")),
    *(Size("slstm", 512, heads) for heads in (32, 16, 8, 4)),
    Size("indy-lstm", 512),
)


def run_gpu(
    *,
    rounds: int,
    threads: int,
    sizes: Sequence[Size] = SIZES,
    time: int = TIME,
    batch: int = BATCH,
    limit: float = LIMIT,
    clock: Callable[[], float] = perf_counter,
) -> Result:
    """Forward and backward of every size, each way that there is; a way that fails is told and the others go on.

    Raises:
        CarrouselError: JAX sees no GPU.
    """
    if jax.default_backend() != "gpu":
        raise CarrouselError(
            f"the case gpu needs a GPU that JAX sees, and it sees {jax.default_backend()} only; "
            'install it with `pip install "jax[cuda12]"` on a machine that has one'
        )
    start, rows = clock(), []
    for n, size in enumerate(sizes, 1):
        if clock() - start > limit:
            row = Row(name=str(size), figures={"not run": f"{limit:.0f} seconds were over"})
        else:
            row = _row(size, time, batch, rounds=rounds, threads=threads)
        rows.append(row)
        print(f"{n} of {len(sizes)}: {size}: {json.dumps(row.figures)}", file=sys.stderr, flush=True)
    says = (
        f"{jax.devices()[0].device_kind}, bfloat16 products, T{time} B{batch}, forward and backward with the inputs' "
        "gradient; ratio: the fastest of ours by cuDNN, or where that has no such cell the kernels by the loop of steps"
    )
    return Result(case="gpu", says=says, rows=rows)


def _row(size: Size, time: int, batch: int, *, rounds: int, threads: int) -> Row:
    layer = _layer(size)
    xs = jax.random.normal(jax.random.key(1), (time, batch, size.hidden))
    sides: dict[str, Run] = {}
    figures: dict[str, Any] = {}
    for scan in ("steps", *KERNELS):
        if trouble := _trouble(size, layer, xs, scan):
            figures[f"no {scan}"] = trouble
        else:
            sides[scan] = _step(layer, xs, scan)
    try:
        if kind := CUDNN.get(size.cell):
            peer = cudnn_step(kind, time=time, batch=batch, hidden=size.hidden, threads=threads)
            with jax.default_matmul_precision("highest"):
                check(next(side for side in torch_sides() if side.cell == size.cell), threads=threads)
            peer()
            sides["cuDNN"] = peer
    except FAILURES as error:
        figures["no cuDNN"] = _first_line(error)
    try:
        times = interleave(sides, rounds=rounds)
    except FAILURES as error:
        return Row(name=str(size), figures=figures | {"failed": _first_line(error)})
    figures |= {side: t.json() for side, t in times.items()}
    peer_time = times.pop("cuDNN", None)
    ours = min(times.values(), key=lambda t: t.median, default=None)
    if peer_time is not None and ours is not None:
        return Row(name=str(size), ratio=ratio(ours, peer_time), bar=1.0, figures=figures)
    steps = times.pop("steps", None)
    kernel = min(times.values(), key=lambda t: t.median, default=None)
    return Row(name=str(size), ratio=ratio(kernel, steps) if kernel and steps else None, figures=figures)


def _layer(size: Size) -> Recurrent:
    cell = find_cell(size.cell)
    cell = cell.with_options(heads=size.heads) if size.heads else cell
    return Recurrent(cell, inputs=size.hidden, hidden=size.hidden, key=jax.random.key(0))


def _trouble(size: Size, layer: Recurrent, xs: Any, scan: str) -> str | None:
    """Why a way cannot be timed, if it cannot: the cell does not fit it, its values are others, or it fails."""
    try:
        jax.eval_shape(_derived(layer, scan), layer.letters, xs)
        if scan == "cluster":
            _survived(size, scan)
        if scan in KERNELS:
            agree(layer, xs[:CHECKED], scan)
        _step(layer, xs, scan)()
    except FAILURES as error:
        return _first_line(error)
    return None


def _survived(size: Size, scan: str) -> None:
    """See in a process of its own that a kernel runs: where the launch of a cluster is refused, JAX ends the process.

    Raises:
        CarrouselError: it does not.
    """
    code = f"from carrousel.bench import gpu; gpu.alone(gpu.{size!r}, {scan!r})"
    environment = {**os.environ, "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
    command = [sys.executable, "-c", code]
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE)
    except subprocess.TimeoutExpired as error:
        raise CarrouselError(f"its {scan} was not done after {PATIENCE} seconds") from error
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["it said nothing"]
        raise CarrouselError(f"a process that ran its {scan} ended with code {done.returncode}: {said[-1]}")


def alone(size: Size, scan: str) -> None:
    """Compare one size's kernel with its loop of steps, and nothing else."""
    agree(_layer(size), jax.random.normal(jax.random.key(1), (CHECKED, BATCH, size.hidden)), scan)


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


def _derived(layer: Recurrent, scan: str) -> Callable[..., Any]:
    def loss(letters: Any, xs: Any) -> Any:
        ys = replaced(layer, letters)(xs, scan=scan, precision="mixed", segment=0)[0]
        return jnp.sum(ys)

    return jax.jit(jax.value_and_grad(loss, argnums=(0, 1)))


def _step(layer: Recurrent, xs: Any, scan: str) -> Run:
    derived = _derived(layer, scan)
    return lambda: jax.block_until_ready(derived(layer.letters, xs))


def agree(layer: Recurrent, xs: Any, scan: str = "kernel") -> None:
    """See that a kernel gives the values and gradients of the loop of steps.

    Raises:
        CellError: the cell fits no kernel.
        CarrouselError: it gives others; nothing is timed then.
    """
    kernel, steps = (_derived(layer, way)(layer.letters, xs) for way in (scan, "steps"))
    for a, b in zip(jax.tree.leaves(kernel), jax.tree.leaves(steps), strict=True):
        if not float(jnp.max(jnp.abs(a - b))) <= AGREE * (1 + float(jnp.max(jnp.abs(b)))):
            raise CarrouselError(
                f"the {scan} of {layer.cell.name} gives other values than its loop of steps, so nothing was timed"
            )

"""Forward and backward of single cells, beside PyTorch's and flax's layers and the LSTM's share of products."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from carrousel.bench.flax_peers import flax_sides
from carrousel.bench.result import Result, Row
from carrousel.bench.sides import check, replaced
from carrousel.bench.timing import Timing, clock_for, interleave, ratio, unit
from carrousel.bench.torch_peers import layer_step
from carrousel.engine import Plan
from carrousel.errors import CarrouselError
from carrousel.layers import Recurrent

SIZES = ((35, 20, 200), (35, 20, 650), (64, 32, 512), (128, 1, 128))
VARIANTS = ("peephole-lstm", "lstm-nig", "lstm-nfg", "lstm-nog", "lstm-niaf", "lstm-noaf", "lstm-cifg", "lstm-fgr")
ALLOWED = 1.15
"""A variant's time may be so many times what its share of the LSTM's product operations gives."""
BESIDE_TORCH, BESIDE_FLAX = 1.0, 1 / 1.3
"""What the LSTM may take of the time of PyTorch's fused one and of those of flax.nnx, on one core."""


def cell_step(name: str, xs: Any, hidden: int) -> tuple[Callable[[], object], Recurrent]:
    """Forward and backward of one cell without the gradient of its inputs."""
    layer = Recurrent(name, inputs=xs.shape[-1], hidden=hidden, key=jax.random.key(0))
    return gradient_step(layer, xs), layer


def gradient_step(layer: Recurrent, xs: Any, inputs: Any = None) -> Callable[[], object]:
    """The gradient of the outputs' sum by the letters, compiled; `inputs` are the further ones of the cell."""
    run = jax.jit(jax.grad(lambda letters, xs: jnp.sum(replaced(layer, letters)(xs, inputs=inputs)[0])))
    return lambda: jax.block_until_ready(run(layer.letters, xs))


def product_operations(plan: Plan) -> int:
    """Multiplications of a cell's products in one step of one sequence."""
    blocks = (*plan.loops, *plan.hoisted)
    groups = [group for block in blocks for group in block.groups]
    return sum(slot.rows * plan.trace.avals[group.operand].shape[0] for group in groups for slot in group.slots)


def without_products(xs: Any, hidden: int) -> Callable[[], object]:
    """An LSTM's step without its products: what no share of products can go below."""

    def run(xs: Any, p: Any) -> Any:
        def step(state: Any, z: Any) -> Any:
            h, c = state
            z = z + 1e-3 * jnp.tile(h, 4)
            i, f, g, o = jnp.split(z, 4, axis=-1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            h = jax.nn.sigmoid(o) * jnp.tanh(c)
            return (h, c), h

        zero = jnp.zeros((xs.shape[1], hidden))
        return jnp.sum(jax.lax.scan(step, (zero, zero), xs * p)[1])

    wide = jnp.zeros((*xs.shape[:2], 4 * hidden))
    gradient = jax.jit(jax.grad(run, argnums=1))
    factor = jnp.ones(4 * hidden)
    return lambda: jax.block_until_ready(gradient(wide, factor))


def check_lstm(layer: Recurrent, module: Any, xs: Any, results: Callable[[], tuple[Any, Any]]) -> None:
    """See that our LSTM with PyTorch's weights gives its outputs and its gradient.

    Raises:
        CarrouselError: it does not; nothing is timed then.
    """
    names = "ifgo"
    w, u, a, b = (
        getattr(module, n).detach().numpy() for n in ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    )
    parts = {"W": np.split(w, 4), "U": np.split(u, 4), "b": np.split(a + b, 4)}
    letters = {s: {n: jnp.asarray(p) for n, p in zip(names, parts[s], strict=True)} for s in parts}

    def summed(letters: Any) -> Any:
        ys, _ = replaced(layer, letters)(xs)
        return jnp.sum(ys), ys

    (_, ours), gradient = jax.jit(jax.value_and_grad(summed, has_aux=True))(letters)
    theirs, wanted = results()
    mine = np.concatenate([gradient["U"][n] for n in names])
    if not (
        np.allclose(ours, theirs, atol=2e-5) and np.allclose(mine, wanted, atol=2e-3 * float(np.abs(wanted).max()))
    ):
        raise CarrouselError("our LSTM with PyTorch's weights gives other values than PyTorch's, so nothing was timed")


def run_cells(*, rounds: int, threads: int, sizes: Sequence[tuple[int, int, int]] = SIZES) -> Result:
    """Time every cell of the list at every size in one interleaved run.

    Args:
        rounds: turns a side.
        threads: threads that PyTorch may use; ours takes the cores that the process may run on.
        sizes: (time, batch, hidden).
    """
    rows: list[Row] = []
    compiled = [side for side in flax_sides() if side.cell == "lstm"]
    for side in compiled:
        check(side, threads=threads)
    for time, batch, hidden in sizes:
        xs = jax.random.normal(jax.random.key(1), (time, batch, hidden))
        named = {name: cell_step(name, xs, hidden) for name in ("lstm", "gru", *VARIANTS)}
        sides: dict[str, Callable[[], object]] = {name: step for name, (step, _) in named.items()}
        sides["torch LSTM"], module, results = layer_step("LSTM", np.asarray(xs), hidden, threads)
        sides["torch GRU"] = layer_step("GRU", np.asarray(xs), hidden, threads)[0]
        sides["without products"] = without_products(xs, hidden)
        check_lstm(named["lstm"][1], module, xs, results)
        for side in compiled:
            backward = side.make(np.asarray(xs), hidden, threads=threads).backward
            if backward is not None:
                sides[side.peer] = backward
        times = interleave(sides, rounds=rounds, calls=2 if hidden * batch < 5000 else 1, clock=clock_for(threads))
        size = f"T{time} B{batch} H{hidden}"
        rows += [
            Row(
                name=f"{size} lstm / torch",
                ratio=ratio(times["lstm"], times["torch LSTM"]),
                bar=BESIDE_TORCH if threads == 1 else None,
                figures=_pair(times, "lstm", "torch LSTM"),
            ),
            Row(
                name=f"{size} gru / torch",
                ratio=ratio(times["gru"], times["torch GRU"]),
                figures=_pair(times, "gru", "torch GRU"),
            ),
        ]
        rows += [
            Row(
                name=f"{size} lstm / {side.peer}",
                ratio=ratio(times["lstm"], times[side.peer]),
                bar=BESIDE_FLAX if threads == 1 else None,
                figures=_pair(times, "lstm", side.peer),
            )
            for side in compiled
        ]
        whole = product_operations(named["lstm"][1].plan)
        for name in VARIANTS:
            share = product_operations(named[name][1].plan) / whole
            floor = max(times["lstm"].median * share, times["without products"].median)
            figures = {"share_of_products": round(share, 4), **times[name].json()}
            rows.append(
                Row(
                    name=f"{size} {name} / lstm x share", ratio=times[name].median / floor, bar=ALLOWED, figures=figures
                )
            )
    says = (
        f"{unit(threads)} of forward and backward without the inputs' gradient, float32, PyTorch on {threads} threads, "
        f"{rounds} rounds"
    )
    return Result(case="cells", says=says, rows=rows)


def _pair(times: dict[str, Timing], ours: str, peer: str) -> dict[str, Any]:
    return {"ours": times[ours].json(), "peer": times[peer].json()}

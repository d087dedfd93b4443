"""Online gradient descent, one short sequence an update: what a loop in Python would drown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array

from carrousel.bench.result import Result, Row
from carrousel.bench.timing import interleave
from carrousel.cells import find_cell
from carrousel.layers import Recurrent, trained
from carrousel.text.tasks import embedded_reber_sets, numbers, two_sequences
from carrousel.training.updates import Carry, Rule, compile_updates

UPDATES = 1000
"""Sequences in one compiled call."""
REBER, TWO_SEQUENCES = 3000, 500
"""Updates a second that are wanted."""


class Predictor(eqx.Module):
    """Logistic outputs over a recurrent layer and, where wanted, over the input itself."""

    layer: Recurrent
    outputs: Array
    direct: Array | None

    def __init__(self, cell: str, *, symbols: int, hidden: int, cells: int, direct: bool) -> None:
        key = jax.random.key(0)
        self.layer = Recurrent(find_cell(cell).with_options(cells=cells), inputs=symbols, hidden=hidden, key=key)
        draw = jax.random.uniform(key, (self.layer.outputs + symbols, symbols), minval=-0.2, maxval=0.2)
        self.outputs, self.direct = draw[: self.layer.outputs], draw[self.layer.outputs :] if direct else None

    def __call__(self, xs: Array) -> Array:
        """(time, 1, symbols) to the same."""
        net = self.layer(xs)[0] @ self.outputs
        return jax.nn.sigmoid(net if self.direct is None else net + xs @ self.direct)


def squared_error(network: Predictor, batch: dict[str, Array], state: Any, key: Array) -> Any:  # noqa: ARG001
    """Half the squared error of the next symbol at every step before the sequence's end."""
    tokens, steps = batch["tokens"], batch["tokens"].shape[0] - 1
    symbols = jax.nn.one_hot(tokens, network.outputs.shape[1])
    errors = ((network(symbols[:-1, None])[:, 0] - symbols[1:]) ** 2).sum(1)
    loss = 0.5 * jnp.where(jnp.arange(steps) < batch["length"] - 1, errors, 0.0).sum()
    return loss, (state, {"loss": loss})


def online(network: Predictor, tokens: np.ndarray, lengths: np.ndarray) -> Callable[[], float]:
    """`UPDATES` updates, each on one sequence drawn at random from (time, count)."""
    rule = Rule(optax.identity(), 0.0)
    updates = compile_updates(network, squared_error, rule)
    carry = [jax.tree.map(jnp.copy, Carry(eqx.filter(network, trained(network)), optax.EmptyState(), ()))]
    generator, rates, key = np.random.default_rng(0), np.full(UPDATES, 0.1, np.float32), jax.random.key(0)

    def run() -> float:
        drawn = generator.integers(tokens.shape[1], size=UPDATES)
        batches = {"tokens": np.ascontiguousarray(tokens.T[drawn]), "length": lengths[drawn]}
        carry[0], log = updates(carry[0], batches, rates, UPDATES, 0, key)
        return float(log.loss.mean())

    return run


def run_online(*, rounds: int, threads: int = 1) -> Result:  # noqa: ARG001 - a case's signature
    """Time the nets of Hochreiter & Schmidhuber 1997 on their experiments 1 and 2a, one sequence an update.

    The embedded Reber strings are padded to the longest of the 256 training strings. The ratio is the wanted rate by
    the measured one.
    """
    strings, lengths = numbers(embedded_reber_sets(np.random.default_rng(0))[0])
    pairs = two_sequences(np.random.default_rng(0), count=64, p=100)
    nets: dict[str, tuple[Callable[[], float], int]] = {}
    for blocks, cells in ((4, 1), (3, 2)):
        network = Predictor("lstm-1997-full", symbols=7, hidden=blocks * cells, cells=cells, direct=False)
        nets[f"embedded Reber, {blocks} blocks of {cells}"] = online(network, strings, lengths), REBER
    bare = Predictor("lstm-1997-bare", symbols=101, hidden=1, cells=1, direct=True)
    nets["task 2a, p = 100"] = online(bare, pairs, np.full(64, 101, np.int32)), TWO_SEQUENCES
    times = interleave({name: run for name, (run, _) in nets.items()}, rounds=rounds)
    rows = []
    for name, (run, wanted) in nets.items():
        rate = UPDATES / times[name].median
        figures = {"updates_per_second": round(rate), "mean_loss": round(run(), 4), "call": times[name].json()}
        rows.append(Row(name=name, ratio=wanted / rate, bar=1.0, figures=figures))
    return Result(case="online", says=f"{UPDATES} updates a call, one sequence each, {rounds} rounds", rows=rows)

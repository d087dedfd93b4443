"""How long a lag a network learns: the notes' sequences A X…X A and B X…X B under a fixed budget of sequences."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import equinox as eqx
import jax
import numpy as np

from carrousel.engine import Start
from carrousel.inspection import Curve, state_flow, trace_layer
from carrousel.lab.gradient_gains import joined
from carrousel.lab.workbench import Workbench
from carrousel.layers import Recurrent, scale_recurrent
from carrousel.models import SequenceModel
from carrousel.text.tasks import Slide
from carrousel.training.criteria import Criterion
from carrousel.training.settings import TrainingSettings
from carrousel.training.task_objectives import most_probable
from carrousel.training.task_plan import TaskPlan
from carrousel.training.tasks import Learned

UNITS: Final = 32
BATCH: Final = 32
CHECK: Final = 50
"""Updates between two checks."""
STREAK: Final = 60 * BATCH
"""Training sequences in a row that have to be right."""

Begin = Callable[[int, int], tuple[str, Start | None]]
"""(units, lag) -> the cell, and how its letters start."""

NETWORKS: Final[Mapping[str, Begin]] = {
    "tanh RNN, uniform in ±1/√n": lambda units, _: ("elman", Start(scale=units**-0.5)),
    "tanh RNN, orthogonal": lambda *_: ("elman", None),
    "LSTM, forget bias 1": lambda *_: ("lstm", None),
    "LSTM, chrono": lambda _, lag: ("lstm", Start(chrono=max(3.0, lag + 2.0))),
    "GRU": lambda *_: ("gru", None),
}
"""Networks by how they begin."""


@dataclass(frozen=True, kw_only=True)
class Tried:
    """One network at one lag."""

    network: str
    lag: int
    sequences: tuple[int | None, ...]
    """For each seed the sequences until it was solved; None where it was not."""

    @property
    def solved(self) -> int:
        """How many seeds solved it."""
        return sum(count is not None for count in self.sequences)

    @property
    def learned(self) -> bool:
        """Whether more than half of them did."""
        return 2 * self.solved > len(self.sequences)

    @property
    def median(self) -> float | None:
        """Sequences of the middle seed among those that solved it."""
        known = [count for count in self.sequences if count is not None]
        return statistics.median(known) if known else None


def slide_plan(network: SequenceModel, lag: int, *, seed: int, budget: int, named: Mapping[str, Any]) -> TaskPlan:
    """A run on sequences of one lag with the loss on their last step: Adam at 0.005, clipped at norm 1."""
    return TaskPlan(
        network=network,
        task=Slide(shortest=lag, longest=lag),
        loss="softmax",
        right=most_probable,
        training=TrainingSettings(
            seed=seed,
            epochs=-(-budget // (BATCH * CHECK)),
            batch=BATCH,
            optimiser="adam",
            learning_rate=0.005,
            clip=1.0,
            schedule="constant",
        ),
        updates=CHECK,
        criterion=Criterion(recent=STREAK),
        named=named,
    )


def try_lag(bench: Workbench, name: str, lag: int, *, budget: int, units: int = UNITS) -> tuple[Tried, list[Learned]]:
    """Train a network at a lag, once for each seed."""
    runs = []
    for seed in bench.seeds:
        cell, start = NETWORKS[name](units, lag)
        symbols = Slide(shortest=lag, longest=lag).inputs
        network = SequenceModel(
            cell, inputs=symbols, outputs=symbols, hidden=units, start=start, key=jax.random.key(seed)
        )
        plan = slide_plan(network, lag, seed=seed, budget=budget, named={"network": name, "units": units})
        runs.append(bench.train(f"{_folder(name)}-{lag}-{seed}", plan))
    return Tried(network=name, lag=lag, sequences=tuple(_until(run) for run in runs)), runs


def largest_lag(tried: list[Tried]) -> int:
    """The largest lag up to which a network learned every lag that was tried; 0 where it learned none."""
    found = 0
    for one in sorted(tried, key=lambda one: one.lag):
        if not one.learned:
            break
        found = one.lag
    return found


def flow_of(layer: Recurrent, lag: int, *, state: str, seed: int = 0) -> Curve:
    """The Jacobian of a state by itself up to a lag before, at the end of both sequences of that lag."""
    drawn = Slide(shortest=lag, longest=lag).draw(np.random.default_rng(seed), 16)
    curves = []
    for first in (0, 1):
        symbols = drawn.inputs[:, drawn.inputs[0] == first][:, 0]
        xs = np.eye(layer.inputs, dtype=np.float32)[symbols]
        curves.append(state_flow(layer, trace_layer(layer, xs), lags=lag, ends=1)[state].total)
    return joined(curves)


def scaled_start(network: SequenceModel, radius: float) -> SequenceModel:
    """The network with its layer's recurrent matrices at a spectral radius."""
    return eqx.tree_at(lambda one: one.stack.layers[0], network, scale_recurrent(network.layers[0], radius=radius))


def try_radius(bench: Workbench, radius: float, lag: int, *, clip: float, rate: float, budget: int) -> Tried:
    """Train a plain tanh network by gradient descent from a spectral radius, clipped or not, once for each seed."""
    counts = []
    for seed in bench.seeds:
        key = jax.random.key(seed)
        drawn = SequenceModel("elman", inputs=3, outputs=3, hidden=UNITS, key=key)
        named = {"radius": radius, "units": UNITS}
        plan = slide_plan(scaled_start(drawn, radius), lag, seed=seed, budget=budget, named=named)
        training = replace(plan.training, optimiser="sgd", learning_rate=rate, clip=clip)
        run = bench.train(f"radius-{radius}-clip-{clip}-{lag}-{seed}", replace(plan, training=training))
        counts.append(_until(run))
    return Tried(network=f"tanh RNN, radius {radius}, clip {clip}", lag=lag, sequences=tuple(counts))


def _until(run: Learned) -> int | None:
    return run.sequences if run.solved else None


def _folder(name: str) -> str:
    kept = "".join(letter if letter.isalnum() and letter.isascii() else "-" for letter in name.lower())
    return "-".join(part for part in kept.split("-") if part)

"""The Phased LSTM on sines that are seen at random times, and evenly, beside an LSTM that reads the time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import equinox as eqx
import jax
import numpy as np

from carrousel.lab.claim import Claim
from carrousel.lab.report import Finding, Report, Table
from carrousel.lab.workbench import Workbench
from carrousel.layers import with_letters
from carrousel.models import SequenceModel
from carrousel.pages import Curves
from carrousel.text.tasks import SampledSines
from carrousel.training.settings import TrainingSettings
from carrousel.training.task_judging import judge_on_task
from carrousel.training.task_objectives import most_probable
from carrousel.training.task_plan import TaskPlan

CONDITIONS: Final[dict[str, dict[str, Any]]] = {
    "at random times": {"sampling": "random"},
    "every unit of time": {"sampling": "regular", "step": 1.0},
}
"""How the sines are sampled; the paper has a third condition, ten times as many samples."""
NETWORKS: Final = {
    "Phased LSTM": ("phased-lstm", 0.01),
    "LSTM": ("lstm", 0.01),
    "LSTM, smaller rate": ("lstm", 0.001),
}
"""Cells and their rates of learning; the authors' is 0.001."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """How large a run is."""

    hidden: int
    epochs: int
    updates: int
    """Of one epoch."""
    batch: int
    test: int = 512
    faster: float = 1.0
    """What the rates are multiplied by."""


FULL: Final = Size(hidden=32, epochs=10, updates=156, batch=32)
"""An epoch reads 5,000 sequences, as in the authors' code."""
SMALL: Final = Size(hidden=12, epochs=1, updates=140, batch=64, test=64, faster=2.0)


def sines_network(cell: str, task: SampledSines, *, hidden: int, seed: int) -> SequenceModel:
    """A network as the authors begin with it: periods are e to e³ units of time, forget biases zero in either cell."""
    key = jax.random.key(seed)
    network = SequenceModel(cell, inputs=task.inputs, outputs=task.outputs, hidden=hidden, key=key)
    letters: dict[str, dict[str, Any]] = {"b": {"f": np.zeros(hidden)}}
    if cell == "phased-lstm":
        generator = np.random.default_rng(seed)
        letters["T"] = {"tau": np.exp(generator.uniform(1, 3, hidden)), "s": generator.uniform(0, 100, hidden)}
    return eqx.tree_at(lambda one: one.stack.layers[0], network, with_letters(network.layers[0], letters))


def sines_plan(name: str, condition: str, *, size: Size, seed: int) -> TaskPlan:
    """A run by Adam; the LSTM reads the time as a second number."""
    cell, rate = NETWORKS[name]
    task = SampledSines(with_time=cell != "phased-lstm", **CONDITIONS[condition])
    return TaskPlan(
        network=sines_network(cell, task, hidden=size.hidden, seed=seed),
        task=task,
        loss="softmax",
        right=most_probable,
        training=TrainingSettings(
            seed=seed,
            epochs=size.epochs,
            batch=size.batch,
            optimiser="adam",
            learning_rate=rate * size.faster,
            schedule="constant",
            clip=5.0,
        ),
        updates=size.updates,
        test=size.test,
        named={"cell": cell, "hidden": size.hidden},
    )


def _run(bench: Workbench) -> Report:
    conditions = bench.pick(list(CONDITIONS), ["at random times"])
    names = bench.pick(list(NETWORKS), list(NETWORKS)[:2])
    size = bench.pick(FULL, SMALL)
    accuracy: dict[str, dict[str, list[float]]] = {c: {name: [] for name in names} for c in conditions}
    curves: dict[str, list[tuple[float, float]]] = {}
    places = [(condition, name, seed) for condition in conditions for name in names for seed in bench.seeds]
    for condition, name, seed in bench.each(places, "run"):
        plan = sines_plan(name, condition, seed=seed, size=size)
        folder = f"{name} {condition} {seed}".replace(",", "").replace(" ", "-")
        run = bench.train(folder, plan)
        judge = partial(judge_on_task, plan, run.network, count=bench.pick(2048, 512))
        accuracy[condition][name].append(bench.kept(folder, judge)["accuracy"])
        if seed == bench.seeds[0]:
            curves[f"{name}, {condition}"] = [(float(c["update"] * size.batch), c["accuracy"]) for c in run.checks]
    return Report(
        findings=[_finding(condition, of) for condition, of in accuracy.items()],
        parts=[
            _table(accuracy),
            Curves(title=f"Test sines, seed {bench.seeds[0]}", x="training sequences", y="share right", curves=curves),
            "The authors' figures are plots in a notebook; none was read, so no published number stands here.",
        ],
        figures={"accuracy": accuracy, **vars(size)},
    )


def _table(accuracy: Mapping[str, Mapping[str, list[float]]]) -> Table:
    rows = [
        (condition, name, *NETWORKS[name], float(np.mean(of)), min(of), max(of))
        for condition, networks in accuracy.items()
        for name, of in networks.items()
    ]
    columns = ["sampled", "network", "cell", "rate", "mean share right", "least", "most"]
    return Table(caption="Answers to fresh sines; a guess is right half of the time", columns=columns, rows=rows)


def _finding(condition: str, networks: Mapping[str, list[float]]) -> Finding:
    phased = np.array(networks["Phased LSTM"])
    name, plain = max(
        ((n, np.array(of)) for n, of in networks.items() if n != "Phased LSTM"), key=lambda o: o[1].mean()
    )
    better, worse = phased.mean() > plain.mean() + 0.01, phased.mean() < plain.mean() - 0.01
    return Finding(
        what=f"sines {condition}: mean share of right answers over {len(phased)} seeds",
        ours=f"Phased LSTM {phased.mean():.1%}, the better LSTM ({name}) {plain.mean():.1%}",
        published="the Phased LSTM learns faster and ends higher",
        verdict="agrees" if better else "disagrees" if worse else "in part",
        because="after as many sequences as we trained on; the authors' code trains on seven times as many",
    )


CLAIM = Claim(
    name="phased-lstm",
    title="Units that open for a part of their own period learn from samples at irregular times",
    source="Neil, Pfeiffer & Liu 2016, and the authors' code; lecture notes on LSTM and variants",
    says="A time gate lets each unit change for a small part of its own period only. Told the times of its samples, "
    "the network classifies the period of a sine better and after fewer sequences than an LSTM that reads the time as "
    "an input, the more so where samples are irregular or dense.",
    protocol="Is the period between 5 and 6, or another one of 1 to 100? One layer of 32 units (the authors' has 110), "
    "Adam 0.01 (0.001), batches of 32, 50,000 sequences (ten epochs of the authors' code, which makes seventy), judged "
    "on 2,048 fresh ones. Open ratio 0.05, fixed, and leak 0.001, in training and after. An LSTM at both rates.",
    run=_run,
    minutes=10,
)

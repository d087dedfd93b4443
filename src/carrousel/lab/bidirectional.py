"""One direction against two: a tagging task in which the future counts, at once or with the answer coming late."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import jax
import numpy as np

from carrousel.lab.claim import Claim
from carrousel.lab.report import Finding, Report, Table
from carrousel.lab.workbench import Workbench
from carrousel.models import SequenceModel, trained_numbers
from carrousel.pages import Curves
from carrousel.text.tasks import Surrounded
from carrousel.training.settings import TrainingSettings
from carrousel.training.task_objectives import most_probable
from carrousel.training.task_plan import TaskPlan

REACH: Final = 2
BATCH: Final = 32


class Way(NamedTuple):
    """How a sequence is read."""

    bidirectional: bool
    delay: int
    hidden: int


WAYS: Final = {
    "one direction": Way(bidirectional=False, delay=0, hidden=24),
    "two directions": Way(bidirectional=True, delay=0, hidden=16),
    "one direction, answers 2 steps late": Way(bidirectional=False, delay=REACH, hidden=24),
}
"""Two layers of 16 units have about as many numbers as one of 24."""


def tag_plan(way: Way, *, checks: int, seed: int) -> TaskPlan:
    """A run: one LSTM layer, Adam at 0.01, the loss on every step that has a tag."""
    task = Surrounded(reach=REACH, delay=way.delay)
    network = SequenceModel(
        "lstm",
        inputs=task.inputs,
        outputs=task.outputs,
        hidden=way.hidden,
        bidirectional=way.bidirectional,
        key=jax.random.key(seed),
    )
    training = TrainingSettings(
        seed=seed,
        epochs=checks,
        batch=BATCH,
        optimiser="adam",
        learning_rate=0.01,
        schedule="constant",
        clip=1.0,
        average="tokens",
    )
    return TaskPlan(
        network=network,
        task=task,
        loss="softmax",
        right=most_probable,
        training=training,
        updates=50,
        named={"bidirectional": way.bidirectional, "hidden": way.hidden},
    )


def _run(bench: Workbench) -> Report:
    checks = bench.pick(10, 3)
    ways = bench.pick(list(WAYS), list(WAYS)[:2])
    losses: dict[str, list[float]] = {name: [] for name in ways}
    curves, rows = {}, []
    for name in bench.each(ways, "way"):
        for seed in bench.seeds:
            plan = tag_plan(WAYS[name], checks=checks, seed=seed)
            run = bench.train(f"{'-'.join(name.replace(',', '').split())}-{seed}", plan)
            losses[name].append(run.checks[-1]["loss"] / math.log(2))
            if seed == bench.seeds[0]:
                curves[name] = [(float(c["update"] * BATCH), c["loss"] / math.log(2)) for c in run.checks]
                numbers = trained_numbers(plan.network)
        rows.append((name, numbers, float(np.mean(losses[name])), min(losses[name]), max(losses[name])))
    title = f"Bits a tag on test sequences, seed {bench.seeds[0]}; 2 is a guess, 1 knows the past"
    columns = ["way of reading", "numbers", "mean bits a tag", "least", "most"]
    return Report(
        findings=_findings(losses),
        parts=[
            Table(
                caption="Cross-entropy of a tag after training: 2 bits are a guess, 1 is what the past leaves open",
                columns=columns,
                rows=rows,
            ),
            Curves(title=title, x="training sequences", y="bits a tag", curves=curves),
        ],
        figures={"bits": losses},
    )


def _findings(losses: dict[str, list[float]]) -> list[Finding]:
    one, two, *late = (np.array(of) for of in losses.values())
    made = [
        Finding(
            what="tags that depend on the future, bits a tag (1 is what the past leaves open)",
            ours=f"two directions {two.mean():.3f}, one direction {one.mean():.3f}, of about as many numbers",
            published="a network that reads from both ends sees past and future of every step",
            verdict="agrees" if two.max() < 0.2 and one.min() > 0.9 else "disagrees",
        )
    ]
    made += [
        Finding(
            what="the same, one direction whose answers come as late as the future that they need",
            ours=f"{of.mean():.3f}",
            published="a delay helps one direction where the needed future is short and known",
            verdict="agrees" if of.max() < 0.2 else "disagrees",
        )
        for of in late
    ]
    return made


CLAIM = Claim(
    name="bidirectional",
    title="Where the future counts, a network has to read from both ends",
    source="Schuster & Paliwal 1997; Graves & Schmidhuber 2005; lecture notes on LSTM and variants",
    says="Two recurrent layers, one from each end, give every step its past and its future. Such a network is no "
    "language model, since it sees what it would have to predict; it tags.",
    protocol="Random 0 and 1, 20 steps; a step's tag says which symbols stand two steps before and two steps after "
    "it. One LSTM layer of 24 units, two of 16, and the one whose answers are wanted two steps late; Adam 0.01, "
    "batches of 32, 16,000 sequences.",
    run=_run,
    minutes=2,
)

"""LSTM variants with one part taken away or added, under one budget of numbers: Greff et al.'s study in small."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import jax
import numpy as np

from carrousel.cells import find_cell
from carrousel.engine import plan_cell
from carrousel.lab.claim import Claim
from carrousel.lab.report import Finding, Report, Table, verdict_of
from carrousel.lab.workbench import Workbench
from carrousel.models import SequenceModel
from carrousel.models.sizing import largest_within
from carrousel.text.tasks import Adding, Task, TemporalOrder
from carrousel.training.settings import TrainingSettings
from carrousel.training.task_judging import judge_on_task
from carrousel.training.task_objectives import LossName, Right, most_probable, within
from carrousel.training.task_plan import TaskPlan

VARIANTS: Final[Mapping[str, str]] = {
    "V": "peephole-lstm",
    "NIG": "lstm-nig",
    "NFG": "lstm-nfg",
    "NOG": "lstm-nog",
    "NIAF": "lstm-niaf",
    "NOAF": "lstm-noaf",
    "CIFG": "lstm-cifg",
    "NP": "lstm",
    "FGR": "lstm-fgr",
}
"""The paper's letters: vanilla; no input, forget or output gate; no input or output activation function; coupled input
and forget gate; no peepholes; full gate recurrence."""
TASKS: Final[Mapping[str, tuple[Task, LossName, Right]]] = {
    "adding": (Adding(length=40), "squared", within(0.1)),
    "temporal order": (TemporalOrder(length=40), "softmax", most_probable),
}
REMEMBERED: Final = (
    ("leaving out the forget gate, or the squashing of the output", {"NFG", "NOAF"}, True, "both do worst"),
    (
        "coupling input and forget gates, or leaving out peepholes",
        {"CIFG", "NP"},
        False,
        "both do no significant harm",
    ),
)
"""What the paper says of which variants, whether it is that they do harm, and in which words."""
BUDGET: Final = 2_500
"""Numbers that a network may train, its read-out included."""


def fitted(cell: str, task: Task, budget: int) -> tuple[int, int]:
    """The largest hidden size whose network of one layer trains at most so many numbers, and how many it trains."""

    def count(hidden: int) -> int:
        plan = plan_cell(find_cell(cell), inputs=task.inputs, hidden=hidden)
        return plan.parameters + (plan.outputs + 1) * task.outputs

    hidden = largest_within(count, budget)
    return hidden, count(hidden)


def variant_plan(variant: str, task: str, *, updates: int, seed: int, budget: int = BUDGET) -> TaskPlan:
    """A run: the largest layer that the budget allows, Adam at 0.005, clipped at norm 1."""
    of, loss, right = TASKS[task]

    cell = VARIANTS[variant]
    hidden, numbers = fitted(cell, of, budget)
    key = jax.random.key(seed)
    return TaskPlan(
        network=SequenceModel(cell, inputs=of.inputs, outputs=of.outputs, hidden=hidden, key=key),
        task=of,
        loss=loss,
        right=right,
        training=TrainingSettings(
            seed=seed, epochs=4, batch=32, optimiser="adam", learning_rate=0.005, schedule="constant", clip=1.0
        ),
        updates=updates // 4,
        named={"variant": variant, "hidden": hidden, "numbers": numbers},
    )


def _run(bench: Workbench) -> Report:
    variants = bench.pick(list(VARIANTS), ["V", "NOAF"])
    tasks = bench.pick(list(TASKS), ["temporal order"])
    found: dict[str, dict[str, list[float]]] = {task: {v: [] for v in variants} for task in tasks}
    sizes: dict[str, dict[str, Any]] = {}
    for task, variant in bench.each([(t, v) for t in tasks for v in variants], "run"):
        for seed in bench.seeds:
            plan = variant_plan(variant, task, updates=bench.pick(800, 80), seed=seed)
            sizes[variant] = dict(plan.named)
            name = f"{variant}-{task.replace(' ', '-')}-{seed}"
            run = bench.train(name, plan)
            figures = bench.kept(name, partial(judge_on_task, plan, run.network, count=1024))
            found[task][variant].append(figures["loss"])
    return Report(
        findings=findings_of(found, len(bench.seeds)),
        parts=[_table(task, found[task], sizes) for task in tasks],
        figures={"losses": found, "sizes": sizes},
    )


def ranks(losses: Mapping[str, list[float]]) -> dict[str, float]:
    """The mean rank of each over the seeds, 1 the best."""
    names = list(losses)
    order = np.argsort(np.argsort(np.array([losses[name] for name in names]), axis=0), axis=0) + 1
    return {name: float(row.mean()) for name, row in zip(names, order, strict=True)}


def worse(losses: Mapping[str, list[float]], variant: str) -> str:
    """How a variant stands to V over the seeds: `worse` or `better` where all its runs are, else `alike`."""
    own, plain = losses[variant], losses["V"]
    return "worse" if min(own) > max(plain) else "better" if max(own) < min(plain) else "alike"


def findings_of(found: Mapping[str, Mapping[str, list[float]]], seeds: int) -> list[Finding]:
    """What each task shows, and what the paper says of two pairs of variants."""
    made = []
    for task, losses in found.items():
        told = {
            kind: [v for v in losses if v != "V" and worse(losses, v) == kind] for kind in ("worse", "better", "alike")
        }
        best = min(losses, key=lambda v: statistics.median(losses[v]))
        made.append(
            Finding(
                what=f"{task}: variants whose {seeds} seeds all end worse, or better, than all of V's",
                ours=f"worse: {', '.join(told['worse']) or 'none'}; better: {', '.join(told['better']) or 'none'}; "
                f"neither: {', '.join(told['alike']) or 'none'}; lowest median: {best}",
            )
        )
    hurt = {v for losses in found.values() for v in losses if v != "V" and worse(losses, v) == "worse"}
    for what, variants, harm, published in REMEMBERED:
        if variants <= {v for losses in found.values() for v in losses}:
            held = sorted(variants & hurt if harm else variants - hurt)
            where = "worse on one task at least" if harm else "not worse on either task"
            made.append(
                Finding(
                    what=what,
                    ours=f"{where}: {', '.join(held) or 'neither'}",
                    published=f"{published} (remembered, not checked)",
                    verdict=verdict_of(len(held), len(variants)),
                )
            )
    return made


def _table(task: str, losses: Mapping[str, list[float]], sizes: Mapping[str, Mapping[str, Any]]) -> Table:
    place = ranks(losses)
    rows = [
        (v, VARIANTS[v], sizes[v]["hidden"], statistics.median(of), min(of), max(of), place[v])
        for v, of in losses.items()
    ]
    rows.sort(key=lambda row: row[-1])
    columns = ["variant", "cell", "units", "median loss", "least", "most", "mean rank"]
    return Table(
        caption=f"{task}: loss on 1,024 fresh sequences, at most {BUDGET:,} numbers", columns=columns, rows=rows
    )


CLAIM = Claim(
    name="variants",
    title="Of the LSTM's parts some are needed and some are not",
    source="Greff, Srivastava, Koutník, Steunebrink & Schmidhuber 2017; lecture notes on LSTM and variants",
    says="Eight variants differ from the LSTM with peepholes by one part each. Those without a forget gate or without "
    "an output squashing function do worst; a coupled gate or no peepholes cost little (remembered, not checked).",
    protocol="Adding over 40 steps and temporal order over 40 to 44 steps; one layer as large as 2,500 numbers allow, "
    "Adam 0.005, batches of 32, clip 1, 800 updates, no search over settings (the paper searches 200 times for each). "
    "Judged by the loss on fresh sequences: ranks over seeds, and whether all seeds of one are worse than all of V's.",
    run=_run,
    minutes=10,
)

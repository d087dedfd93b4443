"""Skip RNNs: how many updates of the state a task needs, and what leaving the others out costs in accuracy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import jax
import numpy as np

from carrousel.lab.claim import Claim
from carrousel.lab.report import Finding, Report, Table, Verdict
from carrousel.lab.skip_networks import budget_objective, share_of_updates
from carrousel.lab.workbench import Workbench
from carrousel.models import SequenceModel
from carrousel.text.tasks import Adding, Sines, Task
from carrousel.training.settings import TrainingSettings
from carrousel.training.task_judging import judge_on_task
from carrousel.training.task_objectives import LossName, Right, most_probable, within
from carrousel.training.task_plan import TaskPlan


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A task, its loss, and what counts as solved."""

    task: Task
    loss: LossName
    right: Right
    figure: str
    """What is told of it: `squared_error` or `accuracy`."""

    def solved(self, figures: Mapping[str, float]) -> bool:
        """The adding problem: at most a hundredth of the variance of its answers; sines: more than 99% right."""
        if self.figure == "accuracy":
            return figures["accuracy"] > 0.99
        return figures["squared_error"] <= ADDING.chance / 100


ADDING: Final = Adding(length=50, low=-0.5, high=0.5, first=0.1, second=0.5)
PROBLEMS: Final[Mapping[str, Problem]] = {
    "adding": Problem(task=ADDING, loss="squared", right=within(0.1), figure="squared_error"),
    "sines": Problem(task=Sines(), loss="softmax", right=most_probable, figure="accuracy"),
}
CASES: Final = (
    ("adding", "lstm", 0.0),
    ("adding", "skip-lstm", 0.0),
    ("adding", "skip-lstm", 1e-5),
    ("adding", "skip-lstm", 1e-4),
    ("adding", "skip-gru", 1e-5),
    ("sines", "lstm", 0.0),
    ("sines", "skip-lstm", 1e-4),
)
"""Problem, cell, price of an update."""
PUBLISHED: Final[Mapping[tuple[str, str, float], float]] = {
    ("adding", "skip-lstm", 0.0): 0.811,
    ("adding", "skip-lstm", 1e-5): 0.539,
    ("adding", "skip-gru", 0.0): 0.979,
    ("adding", "skip-gru", 1e-5): 0.507,
    ("sines", "skip-lstm", 1e-4): 0.127,
    ("sines", "skip-gru", 1e-4): 0.235,
}
"""Share of updates in the paper, all of these solved."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """How large a run is."""

    hidden: int
    updates: int
    batch: int = 32
    rate: float = 0.005


FULL, SMALL = Size(hidden=32, updates=1500), Size(hidden=16, updates=150)


def skip_plan(problem: str, cell: str, price: float, *, size: Size, seed: int) -> TaskPlan:
    """A run of a fixed number of updates: Adam, clipped at norm 1."""
    of = PROBLEMS[problem]
    network = SequenceModel(
        cell, inputs=of.task.inputs, outputs=of.task.outputs, hidden=size.hidden, key=jax.random.key(seed)
    )
    checks = 10
    training = TrainingSettings(
        seed=seed,
        epochs=checks,
        batch=size.batch,
        optimiser="adam",
        learning_rate=size.rate,
        schedule="constant",
        clip=1.0,
    )
    plan = TaskPlan(
        network=network,
        task=of.task,
        loss=of.loss,
        right=of.right,
        training=training,
        updates=size.updates // checks,
        named={"cell": cell, "price": price, "hidden": size.hidden},
    )
    if not cell.startswith("skip"):
        return plan
    return replace(plan, objective=budget_objective(of.loss, of.right, price=price))


def _run(bench: Workbench) -> Report:
    size = bench.pick(FULL, SMALL)
    cases = bench.pick(CASES, (("adding", "skip-lstm", 0.0), ("adding", "skip-lstm", 1e-3)))
    found: dict[tuple[str, str, float], list[dict[str, Any]]] = {}
    for case in bench.each(cases, "network"):
        problem, cell, price = case
        found[case] = []
        for seed in bench.seeds:
            plan = skip_plan(problem, cell, price, size=size, seed=seed)
            name = f"{problem}-{cell}-{price:g}-{seed}"
            run = bench.train(name, plan)

            def judge(plan: TaskPlan = plan, run: Any = run) -> dict[str, float]:
                share = share_of_updates(plan, run.network, count=256) if plan.objective else 1.0
                return {**judge_on_task(plan, run.network, count=2048), "updates": share}

            figures = bench.kept(name, judge)
            found[case].append({**figures, "solved": PROBLEMS[problem].solved(figures)})
    return Report(
        findings=_findings(found, PUBLISHED if bench.scale == "full" else {}),
        parts=[_table(found)],
        figures={f"{p}, {cell}, price {price:g}": of for (p, cell, price), of in found.items()},
    )


def _findings(
    found: Mapping[tuple[str, str, float], list[dict[str, Any]]], known: Mapping[tuple[str, str, float], float]
) -> list[Finding]:
    """What was found beside the published shares that are known."""
    made = []
    for (problem, cell, price), of in found.items():
        if not cell.startswith("skip"):
            continue
        solved, share = sum(one["solved"] for one in of), float(np.mean([one["updates"] for one in of]))
        published = known.get((problem, cell, price))
        verdict: Verdict = "no figure"
        if published is not None:
            near = share <= published + 0.1 or (price == 0.0 and share < 1.0)
            verdict = "agrees" if near and 2 * solved > len(of) else "in part" if 2 * solved > len(of) else "disagrees"
        made.append(
            Finding(
                what=f"{problem}, {cell}, price of an update {price:g}: share of steps at which the state is updated",
                ours=f"{share:.1%}; solved by {solved} of {len(of)} seeds",
                published=f"{published:.1%}, solved" if published is not None else "",
                verdict=verdict,
            )
        )
    dear = [of for (problem, cell, price), of in found.items() if (problem, cell) == ("adding", "skip-lstm")]
    shares = [float(np.mean([one["updates"] for one in of])) for of in dear]
    falls = shares[-1] < shares[0]
    made.append(
        Finding(
            what="adding, Skip LSTM: does a price on updates lower their share?",
            ours=" → ".join(f"{share:.1%}" for share in shares),
            published="yes",
            verdict="agrees" if falls else "disagrees",
        )
    )
    return made


def _table(found: Mapping[tuple[str, str, float], list[dict[str, Any]]]) -> Table:
    rows = []
    for (problem, cell, price), of in found.items():
        figure = PROBLEMS[problem].figure
        values = [float(np.mean([one[name] for one in of])) for name in ("updates", figure)]
        solved = f"{sum(one['solved'] for one in of)}/{len(of)}"
        rows.append((problem, cell, price, values[0], figure.replace("_", " "), values[1], solved))
    columns = ["task", "cell", "price", "share of updates", "figure", "mean", "solved"]
    caption = (
        "Means over seeds, 2,048 fresh sequences; solved: a squared error of a hundredth of the variance, or 99% right"
    )
    return Table(caption=caption, columns=columns, rows=rows)


CLAIM = Claim(
    name="skip-rnn",
    title="A network can learn to leave most updates of its state out",
    source="Campos, Jou, Giró-i-Nieto, Torres & Chang 2018, sections 3 and 4; lecture notes on LSTM and variants",
    says="A binary gate, learned straight through, decides at every step whether the state is updated or copied. With "
    "a small price on updates the network solves the adding problem with about half of them, and tells a sine's period "
    "with a tenth to a quarter.",
    protocol="Adding, 50 steps, values ±0.5, marks in the first tenth and the second half; sines of 100 samples, "
    "period of 5 to 6 or another. One layer of 32 units (the paper's have 110), Adam 0.005 (0.0001), batches of 32 "
    "(256), clip 1, 1,500 updates; the state before the first step is not learned.",
    run=_run,
    minutes=9,
)

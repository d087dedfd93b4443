"""Spikes and their times: do cells that look at themselves keep better time?"""

from __future__ import annotations

from functools import partial
from statistics import median
from typing import Any, Final

from carrousel.lab.claim import Claim
from carrousel.lab.nets import Net, Trial, fell, plan_of, told
from carrousel.lab.report import Finding, Report, Table, Verdict
from carrousel.lab.workbench import Workbench
from carrousel.pages import Curves
from carrousel.text.tasks import PeriodicFunction, Spikes, Task
from carrousel.training.criteria import Criterion
from carrousel.training.task_judging import judge_on_task
from carrousel.training.task_objectives import within
from carrousel.training.tasks import Learned

CELLS: Final = {
    "peephole-lstm": "LSTM with peepholes",
    "lstm": "LSTM without peepholes",
    "lstm-1997-tanh": "LSTM without forget gate",
}
TASKS: Final[dict[str, tuple[Task, str]]] = {
    "measuring, 10 or 11 steps": (Spikes(interval=10), "logistic"),
    "making, 10 or 11 steps": (Spikes(interval=10, form="make"), "logistic"),
    "making, 20 steps": (Spikes(interval=20, further=(0,), spikes=6, form="make"), "logistic"),
    "cosine of 10 steps": (PeriodicFunction(period=10, periods=6), "squared"),
    "cosine of 25 steps": (PeriodicFunction(period=25, periods=4), "squared"),
}
REDUCED: Final[dict[str, tuple[Task, str]]] = {
    "measuring, 3 or 4 steps": (Spikes(interval=3, spikes=3), "logistic"),
}


def run(bench: Workbench) -> Report:
    """Every task with every cell."""
    runs: dict[tuple[str, str], list[Learned]] = {}
    errors: dict[tuple[str, str], list[float]] = {}
    for number, (name, (task, loss)) in enumerate(bench.pick(TASKS, REDUCED).items()):
        trial = Trial(
            task=task,
            loss=loss,  # type: ignore[arg-type]
            right=within(task.tolerance),  # type: ignore[attr-defined]
            criterion=Criterion(recent=960),
            updates=bench.pick(3000, 300),
            every=bench.pick(100, 150),
        )
        for cell in bench.pick(list(CELLS), ["peephole-lstm"]):
            net = Net(name=CELLS[cell], cell=cell, hidden=4, learning_rate=1e-2)
            for seed in bench.seeds:
                plan = plan_of(net, trial, seed=seed)
                learned = bench.train(f"{number}-{cell}-{seed}", plan)
                found = bench.kept(f"{number}-{cell}-{seed}", partial(judge_on_task, plan, learned.network, count=256))
                runs.setdefault((name, net.name), []).append(learned)
                errors.setdefault((name, net.name), []).append(found["squared_error"] ** 0.5)
    table = Table(
        caption="Root of the mean squared error on fresh streams, median",
        columns=["task", "net", "solved", "error"],
        rows=[
            [*key, f"{sum(each.solved for each in found)} of {len(found)}", median(errors[key])]
            for key, found in runs.items()
        ],
    )
    plot = Curves(
        title="Share of whole streams right, the run of median length",
        x="training streams",
        y="share right",
        curves={f"{net}: {task}": fell(found) for (task, net), found in runs.items()},
    )
    figures = {
        f"{task}; {net}": {"solved": [each.solved for each in found], "error": errors[task, net]}
        for (task, net), found in runs.items()
    }
    return Report(findings=_findings(runs), parts=[table, plot], figures=figures)


def _findings(runs: dict[tuple[str, str], list[Learned]]) -> list[Finding]:
    made = []
    for (task, net), found in runs.items():
        published, expected = _published(task, net)
        share = sum(each.solved for each in found) / len(found)
        verdict: Verdict = "no figure"
        if expected is not None:
            verdict = "agrees" if share == expected else "disagrees" if share == 1 - expected else "in part"
        made.append(Finding(what=f"{task}: {net}", ours=told(found), published=published, verdict=verdict))
    return made


def _published(task: str, net: str) -> tuple[str, Any]:
    """What the paper says, and the share of runs that would succeed."""
    peepholes = net == CELLS["peephole-lstm"]
    if task.startswith("making"):
        return ("learns it", 1) if peepholes else ("never learns it", 0)
    if task == "cosine of 25 steps":
        return ("learns it", 1) if peepholes else ("does not learn it", 0)
    return ("", None)


TIMING: Final = Claim(
    name="timing",
    title="Peepholes let an LSTM make spikes and waves in time",
    source="Gers, Schraudolph & Schmidhuber 2002: tasks MSD, GTS and PFG",
    says="Reading the time between spikes needs no peepholes; making spikes at given times, and a cosine of 25 steps "
    "out of nothing, is learned with peepholes only.",
    protocol="Today's training, not the paper's (one cell, peepholes without gradient, one stream an update): 4 units, "
    "Adam 0.01, 32 streams an update, clip 1, the whole gradient; solved when 960 streams in a row were right "
    "at every step that counts (within 0.49 of spikes, 0.3 of the cosine), given up after 96,000.",
    run=run,
    minutes=10,
)

"""Copying, parity, brackets: three small things to keep in mind, and whether what was learned holds on longer input."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from statistics import median
from typing import Final

from carrousel.engine import Start
from carrousel.lab.claim import Claim
from carrousel.lab.nets import UNIFORM, Net, Trial, fell, plan_of, told
from carrousel.lab.report import Finding, Report, Table, verdict_of
from carrousel.lab.workbench import Workbench
from carrousel.pages import Curves
from carrousel.text.tasks import Brackets, CopyMemory, Parity, Task
from carrousel.training.criteria import Criterion
from carrousel.training.task_judging import judge_on_task
from carrousel.training.task_objectives import most_probable
from carrousel.training.tasks import Learned


@dataclass(frozen=True, kw_only=True)
class Case:
    """A task, a longer form of it that is only judged, and the longest lag that it has."""

    name: str
    task: Task
    longer: Task
    lag: float

    def nets(self) -> tuple[Net, Net]:
        """An LSTM that starts with the lag in its forget biases, and a plain RNN."""
        lstm = Net(name="LSTM, chrono start", start=Start(chrono=self.lag))
        return lstm, Net(name="RNN, weights within ±1/√32", cell="elman", start=UNIFORM)


FULL: Final = (
    Case(
        name="copy 5 bits over 50 steps",
        task=CopyMemory(delay=50, symbols=2, width=5, loss_on="copy"),
        longer=CopyMemory(delay=100, symbols=2, width=5, loss_on="copy"),
        lag=60.0,
    ),
    Case(
        name="parity of up to 20 bits",
        task=Parity(shortest=1, longest=20),
        longer=Parity(shortest=100, longest=100),
        lag=20.0,
    ),
    Case(
        name="brackets of 2 kinds, 5 deep",
        task=Brackets(length=40),
        longer=Brackets(length=160),
        lag=40.0,
    ),
)
REDUCED: Final = (
    Case(
        name="copy 2 bits over 8 steps",
        task=CopyMemory(delay=8, symbols=2, width=2, loss_on="copy"),
        longer=CopyMemory(delay=10, symbols=2, width=2, loss_on="copy"),
        lag=12.0,
    ),
    Case(name="brackets, 2 deep", task=Brackets(length=12, deepest=2), longer=Brackets(length=24, deepest=2), lag=12.0),
)


def run(bench: Workbench) -> Report:
    """Every task with both nets."""
    runs: dict[tuple[str, str], list[Learned]] = {}
    held: dict[tuple[str, str], list[float]] = {}
    for number, case in enumerate(bench.pick(FULL, REDUCED)):
        trial = Trial(
            task=case.task,
            loss="softmax",
            right=most_probable,
            criterion=Criterion(recent=1920),
            updates=bench.pick(5000, 250),
            every=bench.pick(100, 125),
        )
        for net in bench.pick(case.nets(), case.nets()[:1]):
            for seed in bench.seeds:
                plan = plan_of(net, trial, seed=seed)
                name = f"{number}-{net.cell}-{seed}"
                learned = bench.train(name, plan)
                longer = replace(plan, task=case.longer)
                found = bench.kept(name, partial(judge_on_task, longer, learned.network, count=512))
                runs.setdefault((case.name, net.name), []).append(learned)
                held.setdefault((case.name, net.name), []).append(found["accuracy"])
    table = Table(
        caption="Whole sequences right",
        columns=["task", "net", "at the end of training, median", "on longer input, median"],
        rows=[
            [*key, median(each.checks[-1]["accuracy"] for each in found), median(held[key])]
            for key, found in runs.items()
        ],
    )
    plot = Curves(
        title="Share of test sequences right, the run of median length",
        x="training sequences",
        y="share right",
        curves={f"{task}, {net.split(',')[0]}": fell(found) for (task, net), found in runs.items()},
    )
    figures = {
        f"{task}; {net}": {
            "solved": [each.solved for each in found],
            "sequences": [each.sequences for each in found],
            "accuracy": [each.checks[-1]["accuracy"] for each in found],
            "longer": held[task, net],
        }
        for (task, net), found in runs.items()
    }
    return Report(findings=_findings(runs, held), parts=[table, plot], figures=figures)


def _findings(runs: dict[tuple[str, str], list[Learned]], held: dict[tuple[str, str], list[float]]) -> list[Finding]:
    made = []
    for (task, net), found in runs.items():
        solved = sum(each.solved for each in found)
        lstm = net.startswith("LSTM")
        made.append(
            Finding(
                what=f"{task}: {net}",
                ours=told(found),
                published="learns it" if lstm else "",
                verdict=verdict_of(solved, len(found)) if lstm else "no figure",
                because=f"whole longer sequences right: median {median(held[task, net]):.3f}",
            )
        )
    return made


MEMORY_TASKS: Final = Claim(
    name="copy-parity-brackets",
    title="An LSTM copies, counts parity and matches brackets",
    source="Copying: Martens & Sutskever 2011, Arjovsky, Shah & Bengio 2016; parity and brackets are in common use",
    says="Five bits come back after 50 blanks; parity needs every bit of 20; brackets need a stack of 5. What was "
    "learned on short input should hold on longer one: twice the blanks, 100 bits, 160 brackets.",
    protocol="32 units, Adam 0.005, 32 sequences an update, clip 1; solved when 1,920 whole sequences in a row were "
    "right, given up after 160,000. Then 512 longer sequences, which were not trained on.",
    run=run,
    minutes=8,
)

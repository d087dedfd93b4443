"""The adding problem: two marked numbers, hundreds of steps apart."""

from __future__ import annotations

from typing import Final

from carrousel.engine import Start
from carrousel.lab.claim import Claim
from carrousel.lab.nets import UNIFORM, Net, Trial, fell, plan_of, told
from carrousel.lab.report import Finding, Report, verdict_of
from carrousel.lab.workbench import Workbench
from carrousel.pages import Curves
from carrousel.text.tasks import Adding
from carrousel.training.criteria import Criterion
from carrousel.training.task_objectives import within
from carrousel.training.tasks import Learned

PLAIN: Final = Net(name="RNN, weights within ±1/√32", cell="elman", start=UNIFORM)


def lstm(length: int) -> Net:
    """An LSTM that starts with the length in its forget biases."""
    return Net(name="LSTM, chrono start", start=Start(chrono=float(length)))


def trial(length: int, *, updates: int) -> Trial:
    """Solved when the mean squared error on test sequences is below a hundredth of the targets' variance."""
    task = Adding(length=length)
    return Trial(
        task=task,
        loss="squared",
        right=within(0.04),
        criterion=Criterion(test_squared=task.chance / 100),
        updates=updates,
        every=100,
    )


def run(bench: Workbench) -> Report:
    """LSTM at growing lengths, and a plain RNN at the shortest."""
    lengths, limits = bench.pick((100, 200, 400), (20,)), bench.pick({"lstm": 4000, "elman": 1500}, {})
    cases: list[tuple[int, Net, list[Learned]]] = []
    for length in lengths:
        for net in (lstm(length), PLAIN) if length == lengths[0] else (lstm(length),):
            plans = [plan_of(net, trial(length, updates=limits.get(net.cell, 400)), seed=seed) for seed in bench.seeds]
            found = [bench.train(f"{net.cell}-{length}-{plan.training.seed}", plan) for plan in plans]
            cases.append((length, net, found))
    chance = Adding(length=lengths[0]).chance
    rows = [
        {
            "length": length,
            "net": net.name,
            "solved": learned.solved,
            "sequences": learned.sequences,
            "squared error": learned.checks[-1]["squared_error"],
        }
        for length, net, found in cases
        for learned in found
    ]
    curves = {f"{net.name}, T = {length}": fell(found, "squared_error") for length, net, found in cases}
    last = max(x for points in curves.values() for x, _ in points)
    curves["always the mean"] = [(0.0, chance), (last, chance)]
    title = "Mean squared error on test sequences, the run of median length"
    plot = Curves(title=title, x="training sequences", y="squared error", curves=curves, log_y=True)
    return Report(findings=[_finding(*case) for case in cases], parts=[plot], figures={"chance": chance, "runs": rows})


def _finding(length: int, net: Net, found: list[Learned]) -> Finding:
    solves = net.cell == "lstm"
    chance = Adding(length=length).chance
    errors = [learned.checks[-1]["squared_error"] for learned in found]
    return Finding(
        what=f"T = {length}, {net.name}",
        ours=told(found),
        published="solves it" if solves else "stays at chance",
        verdict=verdict_of(sum(learned.solved is solves for learned in found), len(found)),
        because=f"squared error at the end {min(errors):.5f} to {max(errors):.5f}; chance {chance:.4f}",
    )


ADDING: Final = Claim(
    name="adding",
    title="An LSTM adds two numbers that stand up to 400 steps apart; a plain RNN does not learn it over 100",
    source="After Hochreiter & Schmidhuber 1997, experiment 4; in the form of Le, Jaitly & Hinton 2015",
    says="Among T random numbers from 0 to 1 two are marked; their sum is due at the end. Always answering the mean "
    "gives a squared error of 1/6.",
    protocol="32 units, Adam 0.005, 32 sequences an update, clip 1, at most 128,000 sequences, the RNN 48,000. Solved: "
    "squared error on 256 test sequences below a hundredth of the targets' variance, 0.00167 (as in Campos et al. "
    "2018).",
    run=run,
    minutes=9,
)

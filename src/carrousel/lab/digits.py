"""Handwritten digits as sequences of pixels."""

from __future__ import annotations

from functools import partial
from statistics import mean
from typing import Any, Final

from carrousel.engine import Start
from carrousel.lab.claim import Claim
from carrousel.lab.nets import UNIFORM, Net, Trial, fell, plan_of
from carrousel.lab.report import Finding, Report, verdict_of
from carrousel.lab.workbench import Workbench
from carrousel.pages import Curves
from carrousel.text.tasks import SequentialMnist
from carrousel.training.criteria import Criterion
from carrousel.training.task_feed import Drawn
from carrousel.training.task_judging import judge_on_task
from carrousel.training.task_objectives import most_probable
from carrousel.training.tasks import Learned

TRAINING: Final = 8000
"""Of the 10,000 images; the rest are judged on."""


def nets(steps: int) -> tuple[Net, Net]:
    """An LSTM that starts with the length in its forget biases, and a plain RNN."""
    how: dict[str, Any] = {"hidden": 64, "learning_rate": 2e-3}
    lstm = Net(name="LSTM, chrono start", start=Start(chrono=float(steps)), **how)
    plain = Net(name="RNN, weights within ±1/8", cell="elman", start=UNIFORM, **how)
    return lstm, plain


def run(bench: Workbench) -> Report:
    """Rows of 28 pixels, then 4 pixels a step in the order of reading and in a random one."""
    folder = bench.corpus("mnist_t10k")
    cases = bench.pick(((28, None), (4, None), (4, 1)), ((28, None),))
    rows, curves = list[dict[str, Any]](), dict[str, list[tuple[float, float]]]()
    for pixels, permuted in cases:
        steps = 784 // pixels
        label = f"{steps} steps{', permuted' if permuted is not None else ''}"
        for net in nets(steps):
            runs = list[Learned]()
            for seed in bench.seeds:
                learn = SequentialMnist(folder=folder, images=TRAINING, pixels=pixels, permuted=permuted)
                judge = SequentialMnist(folder=folder, first=TRAINING, pixels=pixels, permuted=permuted)
                trial = Trial(
                    task=judge,
                    loss="softmax",
                    right=most_probable,
                    criterion=Criterion(),
                    updates=bench.pick(2000, 120),
                    every=bench.pick(250, 120),
                )
                plan = plan_of(net, trial, seed=seed)
                feed = Drawn(task=learn, batch=net.batch, seed=seed, per_epoch=trial.every)
                name = f"{pixels}-{permuted}-{net.cell}-{seed}"
                learned = bench.train(name, plan, feed=feed)
                found = bench.kept(name, partial(judge_on_task, plan, learned.network, count=4096))
                runs.append(learned)
                rows.append({"form": label, "net": net.name, "seed": seed, "accuracy": found["accuracy"]})
            curves[f"{net.name.split(',')[0]}, {label}"] = fell(runs)
    plot = Curves(title="Test digits right", x="training images read", y="share right", curves=curves)
    return Report(findings=_findings(rows), parts=[plot], figures={"runs": rows})


def _findings(rows: list[dict[str, Any]]) -> list[Finding]:
    made = []
    for form in dict.fromkeys(row["form"] for row in rows):
        lstm, plain = (
            [row["accuracy"] for row in rows if row["form"] == form and row["net"].startswith(kind)]
            for kind in ("LSTM", "RNN")
        )
        better = sum(ours > theirs for ours, theirs in zip(lstm, plain, strict=True))
        made.append(
            Finding(
                what=f"digits in {form}: share of test images right, mean",
                ours=f"LSTM {mean(lstm):.3f} ({min(lstm):.3f} to {max(lstm):.3f}), RNN {mean(plain):.3f} "
                f"({min(plain):.3f} to {max(plain):.3f}); a guess is right 0.1",
                published="the LSTM is better",
                verdict=verdict_of(better, len(lstm)),
                because="published figures are of 60,000 images, pixel by pixel, and longer training",
            )
        )
    return made


DIGITS: Final = Claim(
    name="digits",
    title="An LSTM reads a handwritten digit pixel by pixel",
    source="Sequential MNIST: Le, Jaitly & Hinton 2015; Campos et al. 2018 reach 0.910 with an LSTM over 784 steps",
    says="An image is read as a sequence and the digit is due at the end: the longer the sequence, the more a plain "
    "RNN falls behind.",
    protocol="8,000 images to learn from and 2,000 others to be judged on (4,096 draws), 28 pixels a step or 4, in the "
    "order of reading or permuted; 64 units, Adam 0.002, 32 images an update, clip 1, 64,000 images read.",
    run=run,
    minutes=20,
    corpora=("mnist_t10k",),
)

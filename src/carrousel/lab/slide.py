"""A X…X A and B X…X B: who remembers the first letter until the last?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any, Final

import jax
import jax.numpy as jnp

from carrousel.engine import Start
from carrousel.lab.claim import Claim
from carrousel.lab.hochreiter.experiment import Experiment, Outcome, learn
from carrousel.lab.nets import UNIFORM, Net, Trial, fell, plan_of, told
from carrousel.lab.report import Finding, Part, Report, Table, verdict_of
from carrousel.lab.workbench import Workbench
from carrousel.pages import Curves
from carrousel.text.tasks import LINES, PROMPT, Slide, slide_tokens
from carrousel.training.criteria import Criterion
from carrousel.training.task_objectives import most_probable
from carrousel.training.tasks import Learned

Runs = Mapping[tuple[str, str], list[Learned]]
"""(lag, net) -> a run a seed."""
SMALL: Final = Net(
    name="RNN as it was: 4 units, weights within ±0.2, one sequence an update",
    cell="elman",
    hidden=4,
    start=Start(scale=0.2),
    optimiser="sgd",
    learning_rate=0.5,
    batch=1,
    clip=0.0,
)
PLAIN: Final = Net(
    name="RNN of 32 units, weights within ±1/√32",
    cell="elman",
    start=UNIFORM,
)
ORTHOGONAL: Final = Net(name="RNN of 32 units, orthogonal start", cell="elman")


def lstm(lag: int) -> Net:
    """An LSTM that starts with the lag in its forget biases."""
    return Net(name="LSTM of 32 units, chrono start", start=Start(chrono=float(max(lag, 3))))


def trial(shortest: int, longest: int, *, updates: int, online: bool = False) -> Trial:
    """The task with the loss on the last step; solved when the last 1,920 sequences (60 updates of 32) were right."""
    return Trial(
        task=Slide(shortest=shortest, longest=longest),
        loss="softmax",
        right=most_probable,
        criterion=Criterion(recent=1920),
        updates=updates,
        every=1000 if online else 50,
    )


def of_1997(lag: int, limit: int) -> Experiment:
    """Two memory blocks of one cell, as in 1997, with outputs' errors of t - y."""
    task = Slide(shortest=lag, longest=lag)
    return Experiment(
        name=f"slide {lag}",
        tasks=lambda _: (task, task),
        blocks=2,
        cells=1,
        reach=0.1,
        learning_rate=1.0,
        input_biases=(-1.0, -3.0),
        output_biases=(-1.0, -2.0),
        right=most_probable,
        criterion=Criterion(recent=200),
        limit=limit,
        loss="logistic",
        every=200,
    )


def answered(network: Any, prompt: str) -> tuple[float, float]:
    """p(A) and p(B) behind a prompt."""
    values, _ = network(jnp.asarray(slide_tokens(prompt))[:, None])
    a, b, _ = jax.nn.softmax(values[-1, 0]).tolist()
    return a, b


def run(bench: Workbench) -> Report:
    """The notes' lags, then a long one."""
    far, most = str(bench.pick(100, 30)), bench.pick(1500, 150)
    plans = {
        ("9-10", lstm(10).name): (lstm(10), trial(9, 10, updates=most)),
        ("9-10", PLAIN.name): (PLAIN, trial(9, 10, updates=most)),
        ("9-10", ORTHOGONAL.name): (ORTHOGONAL, trial(9, 10, updates=most)),
        ("9-10", SMALL.name): (SMALL, trial(9, 10, updates=bench.pick(15_000, 3_000), online=True)),
        (far, lstm(100).name): (lstm(int(far)), trial(int(far), int(far), updates=most)),
        (far, PLAIN.name): (PLAIN, trial(int(far), int(far), updates=most)),
        (far, ORTHOGONAL.name): (ORTHOGONAL, trial(int(far), int(far), updates=most)),
        (far, SMALL.name): (SMALL, trial(int(far), int(far), updates=15_000, online=True)),
    }
    chosen = bench.pick(list(plans), [("9-10", lstm(10).name), ("9-10", SMALL.name), (far, PLAIN.name)])
    runs = {case: _train(bench, *plans[case], "-".join(("lag", case[0], str(n)))) for n, case in enumerate(chosen)}
    old = [learn(bench, of_1997(int(far), 20_000), seed) for seed in bench.pick(bench.seeds, ())]
    prompts = _prompts(runs)
    parts: list[Part] = [
        "The notes' six sequences: " + ", ".join(LINES) + f"; their prompt: {PROMPT}.",
        Table(
            caption="What the nets trained on lags 9 and 10 say",
            columns=["net", "prompt", "p(A), median", "p(B), median", "seeds answered rightly"],
            rows=prompts,
        ),
        Table(
            caption="Sequences until 1,920 in a row were right",
            columns=["lag", "net", "outcome"],
            rows=[[label, name, told(found)] for (label, name), found in runs.items()],
        ),
        Curves(
            title=f"Lag {far}: share of test sequences right, the run of median length",
            x="training sequences",
            y="share right",
            curves={name: fell(found) for (label, name), found in runs.items() if label == far},
        ),
    ]
    return Report(findings=_findings(runs, prompts, old), parts=parts, figures=_figures(runs, prompts, old))


def _train(bench: Workbench, net: Net, how: Trial, name: str) -> list[Learned]:
    return [bench.train(f"{name}-{seed}", plan_of(net, how, seed=seed)) for seed in bench.seeds]


def _prompts(runs: Runs) -> list[list[Any]]:
    rows = []
    for (label, name), found in runs.items():
        for prompt in (PROMPT, PROMPT.replace("A", "B")) if label == "9-10" else ():
            pairs = [answered(learned.network, prompt) for learned in found]
            right = sum((a > b) == (prompt[0] == "A") for a, b in pairs)
            middle = [median(values) for values in zip(*pairs, strict=True)]
            rows.append([name, prompt, *middle, f"{right} of {len(pairs)}"])
    return rows


def _findings(runs: Runs, prompts: Sequence[Sequence[Any]], old: Sequence[Outcome]) -> list[Finding]:
    first, second = (row for row in prompts if row[0].startswith("LSTM"))
    right = all(len(set(row[-1].split(" of "))) == 1 for row in (first, second))
    found = [
        Finding(
            what=f"LSTM, prompt {PROMPT}",
            ours=f"p(A) {first[2]:.4f} against p(B) {first[3]:.4f}, median; {first[-1]} right, with B {second[-1]}",
            published="A",
            verdict="agrees" if right else "disagrees",
        )
    ]
    for (label, name), learned in runs.items():
        forgets = name.startswith("RNN")
        accuracy = median(each.checks[-1]["accuracy"] for each in learned)
        found.append(
            Finding(
                what=f"lag {label}, {name}",
                ours=told(learned),
                published="forgets" if forgets else "remembers",
                verdict=verdict_of(sum(each.solved is not forgets for each in learned), len(learned)),
                because=f"{accuracy:.2f} of the test sequences right at the end, median",
            )
        )
    if old:
        solved = [outcome.sequences for outcome in old if outcome.solved]
        found.append(
            Finding(
                what="lag 100, LSTM of 1997: 2 blocks of 1, truncated gradient, one sequence an update",
                ours=f"{len(solved)} of {len(old)} solved"
                + (f"; median {median(solved):,.0f} sequences to 200 right ones in a row" if solved else ""),
                published="remembers",
                verdict=verdict_of(len(solved), len(old)),
                because="outputs' errors of t - y, learning rate 1",
            )
        )
    return found


def _figures(runs: Runs, prompts: Sequence[Any], old: Sequence[Outcome]) -> dict[str, Any]:
    rows = [
        {
            "lag": label,
            "net": name,
            "solved": run.solved,
            "sequences": run.sequences,
            "accuracy": run.checks[-1]["accuracy"],
        }
        for (label, name), found in runs.items()
        for run in found
    ]
    of_1997 = [{"solved": outcome.solved, "sequences": outcome.sequences} for outcome in old]
    return {"runs": rows, "prompts": [list(row) for row in prompts], "lstm of 1997": of_1997}


SLIDE: Final = Claim(
    name="slide",
    title="An LSTM remembers the first letter over the X's where an RNN forgets it",
    source="Lecture notes, Long Short-Term Memory (Sawai), after Hochreiter & Schmidhuber 1997, task 2a",
    says="Trained on A X…X A and B X…X B with nine or ten X's, a net that is shown AXXXXXXXXX has to say A; a plain "
    "RNN forgets the first letter, an LSTM keeps it, also over 100 steps.",
    protocol="The loss is on the last step alone. Today's nets: Adam 0.005, 32 sequences an update, clip 1; solved "
    "when 1,920 sequences in a row were right, given up after 48,000. The RNN as it was: stochastic gradient descent "
    "0.5, 15,000 sequences.",
    run=run,
    minutes=5,
)

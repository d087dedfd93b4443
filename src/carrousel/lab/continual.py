"""Strings without an end: a cell that cannot forget is filled up."""

from __future__ import annotations

from functools import partial
from statistics import median
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np

from carrousel.lab.claim import Claim
from carrousel.lab.nets import Net, Trial, plan_of
from carrousel.lab.report import Finding, Report, Table, verdict_of
from carrousel.lab.workbench import Workbench
from carrousel.pages import Curves, thinned
from carrousel.text.tasks import ContinualReber, asks_outer, reber_states
from carrousel.training.criteria import Criterion
from carrousel.training.task_objectives import most_probable
from carrousel.training.task_plan import TaskPlan

NETS: Final = (
    Net(name="LSTM with forget gates", cell="lstm", hidden=16),
    Net(name="LSTM without forget gates", cell="lstm-1997-tanh", hidden=16),
)
STREAMS: Final = 32


def trial(*, length: int, updates: int) -> Trial:
    """Streams of whole strings, at most `length` symbols an update; the state goes on from each to the next."""
    return Trial(
        task=ContinualReber(length=length, ends="whole"),
        loss="softmax",
        right=most_probable,
        criterion=Criterion(),
        updates=updates,
        every=max(1, updates // 4),
        carried=True,
    )


def followed(plan: TaskPlan, network: Any, *, steps: int) -> dict[str, Any]:
    """How a trained network reads fresh streams without a reset.

    Returns:
        `outer`, the share of outer symbols that are the more probable of T and P where they are due; `late`, the same
        in the last fifth of the streams; `norm`, points (step, mean norm of the cell).
    """
    generator = np.random.default_rng([plan.training.seed, 9])
    drawn = ContinualReber(length=steps).draw(generator, STREAMS)
    asked = asks_outer(reber_states(drawn.inputs))
    read = jax.jit(lambda net, xs, state: net(xs, state))
    right, norms, state, part = [], [], network.start_state(STREAMS), 100
    for first in range(0, steps, part):
        values, state = read(network, jnp.asarray(drawn.inputs[first : first + part]), state)
        of_outer = np.asarray(values)[..., [1, 2]]  # T and P
        right.append(of_outer.argmax(-1) + 1 == drawn.targets[first : first + part])
        norms.append(float(jnp.linalg.norm(state[0][-1], axis=-1).mean()))
    told = np.concatenate(right)
    late = asked & (np.arange(steps)[:, None] >= steps - steps // 5)
    places = [float(first + part) for first in range(0, steps, part)]
    return {
        "outer": float(told[asked].mean()),
        "late": float(told[late].mean()),
        "norm": [list(point) for point in thinned(places, norms, most=60)],
    }


def run(bench: Workbench) -> Report:
    """Train both nets on streams, and follow them through long ones."""
    how = trial(length=bench.pick(100, 50), updates=bench.pick(3000, 250))
    steps = bench.pick(10_000, 500)
    rows: list[dict[str, Any]] = []
    curves: dict[str, list[tuple[float, float]]] = {}
    for net in NETS:
        for seed in bench.seeds:
            plan = plan_of(net, how, seed=seed)
            learned = bench.train(f"{net.cell}-{seed}", plan)
            found = bench.kept(f"{net.cell}-{seed}", partial(followed, plan, learned.network, steps=steps))
            loss = learned.checks[-1]["loss"]
            rows.append({"net": net.name, "seed": seed, "loss": loss, **{k: found[k] for k in ("outer", "late")}})
            curves[f"{net.name}, seed {seed}"] = [(a, b) for a, b in found["norm"]]
    columns = ["net", "seed", "loss, nats a symbol", "outer symbols right", "in the last fifth"]
    table = Table(caption="Every run", columns=columns, rows=[list(row.values()) for row in rows])
    title = "Mean norm of the cell on streams that are never reset"
    plot = Curves(title=title, x="symbols read", y="norm of c", curves=curves, log_y=True)
    return Report(findings=_findings(rows, steps), parts=[table, plot], figures={"runs": rows})


def _findings(rows: list[dict[str, Any]], steps: int) -> list[Finding]:
    made = []
    for net, keeps in ((NETS[0], True), (NETS[1], False)):
        late = [row["late"] for row in rows if row["net"] == net.name]
        good = sum((share > 0.95) is keeps for share in late)
        made.append(
            Finding(
                what=f"{net.name}: outer symbols right in the last fifth of {steps:,} symbols without a reset",
                ours=f"median {median(late):.3f} ({min(late):.3f} to {max(late):.3f}); a guess is right 0.5",
                published="learns streams without an end" if keeps else "never learns them (0 %)",
                verdict=verdict_of(good, len(late)),
                because="counted as learned: above 0.95",
            )
        )
    return made


CONTINUAL: Final = Claim(
    name="continual",
    title="Without a forget gate an LSTM is filled up by an endless stream",
    source="Gers, Schmidhuber & Cummins 2000, continual embedded Reber grammar",
    says="Embedded Reber strings come end to end and nothing marks where one ends. LSTM without forget gates never "
    "learns such a stream, and its cells grow; with forget gates it resets them by itself.",
    protocol="Today's training, not the paper's: 16 units, Adam 0.005, 32 streams, back-propagation through about 100 "
    "symbols, the state carried on. Then 32 fresh streams are read without a reset: is the outer symbol, T or P, "
    "right where it is due? The paper's own measure, 1,000,000 symbols without an error, is not tried.",
    run=run,
    minutes=3,
)

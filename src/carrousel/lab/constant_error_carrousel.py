"""The constant error carrousel of 1997: error that neither shrinks nor grows, and the truncation that makes it so."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from carrousel.cells import find_cell
from carrousel.engine import plan_cell
from carrousel.inspection import Curve, trace_layer
from carrousel.lab.claim import Claim
from carrousel.lab.gradient_gains import followed
from carrousel.lab.report import Finding, Report, Table
from carrousel.lab.truncation import KINDS, Compared, compare_gradients, draw_net
from carrousel.lab.workbench import Workbench
from carrousel.layers import Recurrent
from carrousel.pages import Curves

STEPS: Final = 1000
SMALLEST: Final = -8.0
"""Logarithm of the smallest size that the plot shows."""


class Net(NamedTuple):
    """A network of the paper's table 10 with the paper's connectivity."""

    task: str
    inputs: int
    blocks: int
    cells: int
    outputs: int
    biased: str
    """Which units have biases: `none`, `gates`, `hidden` (cells too) or `all` (output units too)."""
    weights: int
    """The paper's count."""

    @property
    def counted(self) -> int:
        """Ours: the cell's parameters and the output units' weights, which see the cells alone."""
        cell = find_cell("lstm-1997-full").with_options(
            cells=self.cells, gate_biases=self.biased != "none", cell_biases=self.biased in ("hidden", "all")
        )
        hidden = self.blocks * self.cells
        own = plan_cell(cell, inputs=self.inputs, hidden=hidden).parameters
        return own + self.outputs * (hidden + (self.biased == "all"))


TABLE_10: Final = (
    Net("1, embedded Reber", 7, 4, 1, 7, "gates", 264),
    Net("1, embedded Reber", 7, 3, 2, 7, "gates", 276),
    Net("2c, lag 50", 54, 2, 1, 2, "none", 364),
    Net("2c, lag 100", 104, 2, 1, 2, "none", 664),
    Net("2c, lag 200", 204, 2, 1, 2, "none", 1264),
    Net("2c, lag 500", 504, 2, 1, 2, "none", 3064),
    Net("2c, lag 1000", 1004, 2, 1, 2, "none", 6064),
    Net("3, two sequences", 1, 3, 1, 1, "hidden", 102),
    Net("4 and 5, adding and multiplication", 2, 2, 2, 1, "all", 93),
    Net("6a, temporal order", 8, 2, 2, 4, "all", 156),
    Net("6b, temporal order", 8, 3, 2, 8, "all", 308),
)
BARE: Final = 10_504
"""The paper's count for its task 2a with p = 100: one cell without output gate, and direct links."""


def count_bare(symbols: int = 101) -> int:
    """Weights of the network of task 2a: every symbol is an input and an output, joined directly and by one cell."""
    own = plan_cell(find_cell("lstm-1997-bare"), inputs=symbols, hidden=1).parameters
    return own + symbols * symbols + symbols


def error_flow(cell: str, state: str, *, seed: int, steps: int, hidden: int = 8, inputs: int = 4) -> Curve:
    """How a state depends on itself up to `steps` before, on one random sequence, weights as they are drawn."""
    layer = Recurrent(cell, inputs=inputs, hidden=hidden, key=jax.random.key(seed))
    return followed(layer, np.random.default_rng(seed).normal(size=(steps + 3, inputs)), state, lags=steps)


def entrance_apart(*, seed: int, steps: int, hidden: int = 8, inputs: int = 4) -> float:
    """By how much the derivative of a cell by an input of any step before differs from the scaling at its entrance.

    The largest difference over all steps between the derivative of the sum of the last cells by what was read at step
    t, and y_in g'(net_c) W_c + g f'(net_in) W_in of that step alone (the paper's equation 41), as a part of the largest
    derivative.
    """
    layer = Recurrent("lstm-1997", inputs=inputs, hidden=hidden, key=jax.random.key(seed))
    xs = np.random.default_rng(seed).normal(size=(steps, inputs)).astype(np.float32)
    slopes = np.asarray(jax.grad(lambda xs: layer(xs)[1][1].sum())(jnp.asarray(xs[:, None])))[:, 0]
    values = trace_layer(layer, xs, keep=["i", "g"]).values
    i, g = values["i"].astype(np.float64), values["g"].astype(np.float64)
    size = hidden // i.shape[1]
    at_cell = np.repeat(i, size, axis=1) * (4 - g * g) / 4
    at_gate = (g.reshape(len(g), -1, size).sum(axis=2)) * i * (1 - i)
    W = layer.letters["W"]
    entering = at_cell @ np.asarray(W["g"]) + at_gate @ np.asarray(W["i"])
    return float(np.abs(slopes - entering).max() / np.abs(entering).max())


def _run(bench: Workbench) -> Report:
    steps = bench.pick(STEPS, 200)
    size = bench.pick({}, {"inputs": 3, "blocks": 2, "time": 6})
    nets = [compare_gradients(draw_net(np.random.default_rng(seed), **size)) for seed in bench.each(bench.seeds, "net")]
    flows = {
        "1997, truncated": error_flow("lstm-1997", "c", seed=bench.seeds[0], steps=steps),
        "1997 with tanh, whole gradient": error_flow("lstm-1997-tanh", "c", seed=bench.seeds[0], steps=steps),
        "LSTM with a forget gate, bias 1": error_flow("lstm", "c", seed=bench.seeds[0], steps=steps),
        "logistic RNN": error_flow("elman-logistic", "h", seed=bench.seeds[0], steps=steps),
    }
    apart = max(entrance_apart(seed=seed, steps=steps) for seed in bench.seeds)
    counts = [(net.task, net.inputs, net.blocks, net.cells, net.outputs, net.counted, net.weights) for net in TABLE_10]
    counts.append(("2a, lag 100", 101, 1, 1, 101, count_bare(), BARE))
    return Report(
        findings=_findings(nets, flows["1997, truncated"], apart, counts, steps),
        parts=[_cosines(nets), _plot(flows, steps), _counts(counts), _blocks()],
        figures={
            "rule against automatic differentiation": [net.rule_apart for net in nets],
            "rule against finite differences": [net.given_apart for net in nets],
            "cosines": [net.cosines() for net in nets],
            "flows": {name: flow.as_json() for name, flow in flows.items()},
            "entrance": apart,
        },
    )


def _findings(nets: list[Compared], flow: Curve, apart: float, counts: list[Any], steps: int) -> list[Finding]:
    rule, given = (max(getattr(net, name) for net in nets) for name in ("rule_apart", "given_apart"))
    largest = float(np.abs(np.expm1(flow.mean)).max())
    right = sum(row[-1] == row[-2] for row in counts)
    return [
        Finding(
            what="the paper's learning rule against automatic differentiation with y(t-1) stopped, "
            f"in {len(nets)} net{'s' if len(nets) != 1 else ''}",
            ours=f"no weight's gradient differs by more than {rule:.0e}",
            published="the same gradient",
            verdict="agrees" if rule < 1e-12 else "disagrees",
        ),
        Finding(
            what="the rule against finite differences of the network that is fed what it heard before",
            ours=f"no weight's gradient differs by more than {given:.0e}",
            published="the same gradient",
            verdict="agrees" if given < 1e-7 else "disagrees",
            because="so truncation is a gradient: that of a network whose recurrent links are given numbers",
        ),
        Finding(
            what=f"error within the carrousel, at every lag from 1 to {steps:,}",
            ours=f"1, off by at most {largest:.0e}",
            published="1 at any lag (equation 35)",
            verdict="agrees" if largest < 1e-6 else "disagrees",
        ),
        Finding(
            what=f"error that comes out at an input any of {steps:,} steps before",
            ours=f"that of its own step's gate and squashing, off by at most {apart:.0e} of the largest",
            published="scaled on its way in and out alone (equation 41)",
            verdict="agrees" if apart < 1e-4 else "disagrees",
        ),
        Finding(
            what="weights of the paper's networks, gates heard by gates and cells",
            ours=f"{right} of {len(counts)} counts are the paper's",
            published="table 10",
            verdict="agrees" if right == len(counts) else "disagrees",
        ),
    ]


def _cosines(nets: list[Compared]) -> Table:
    columns = ["weights that lead to", "mean", "smallest", "largest"]
    told = [[net.cosines()[kind] for net in nets] for kind in KINDS.values()]
    rows = [(kind, float(np.mean(of)), min(of), max(of)) for kind, of in zip(KINDS.values(), told, strict=True)]
    caption = "Cosine of the truncated gradient with the whole one: 3 blocks of 2 cells, 9 steps, random weights"
    return Table(caption=caption, columns=columns, rows=rows)


def _plot(flows: dict[str, Curve], steps: int) -> Curves:
    """The sizes down to SMALLEST, so that what is kept can be told from what grows."""
    lags = np.unique(np.geomspace(1, steps, 60).astype(int))
    sizes = {name: [(float(q), float(flow.mean[q] / np.log(10))) for q in lags] for name, flow in flows.items()}
    return Curves(
        title="What is left of a state's error so many steps before",
        x="steps before",
        y="log10 of the size",
        curves={name: [(q, size) for q, size in of if size >= SMALLEST] for name, of in sizes.items()},
        log_x=True,
    )


def _counts(counts: list[Any]) -> Table:
    columns = ["experiment", "inputs", "blocks", "cells a block", "outputs", "ours", "the paper's"]
    return Table(caption="Weights", columns=columns, rows=counts)


def _blocks(hidden: int = 12, inputs: int = 8) -> Table:
    rows = []
    for cells in (1, 2, 3, 4, 6):
        plan = plan_cell(find_cell("lstm-1997-full").with_options(cells=cells), inputs=inputs, hidden=hidden)
        rows.append((cells, hidden // cells, 2 * hidden // cells, plan.parameters))
    caption = f"Memory blocks: {hidden} cells that share their gates, {inputs} inputs"
    return Table(caption=caption, columns=["cells a block", "blocks", "gates", "weights and biases"], rows=rows)


CLAIM = Claim(
    name="constant-error-carrousel",
    title="A cell that adds to itself with the weight 1 carries error over any number of steps unchanged",
    source="Hochreiter & Schmidhuber 1997, sections 3.2 to 4 and appendix; lecture notes on LSTM (Sawai)",
    says="A linear unit joined to itself with the weight 1 neither loses nor multiplies error; gates decide what "
    "enters and leaves, and error that would leave the cell backwards through the gates' recurrent links is cut off.",
    protocol="Random networks of blocks in float64: the gradient by the paper's equations 19 to 28, by automatic "
    "differentiation of the cell with y(t-1) stopped, by finite differences of the network fed with what it heard, "
    "and by finite differences of the network itself. Then a cell's error over 1,000 steps of random input: the "
    "Jacobian of the cells by themselves, and the derivative by every input. Then the weights of every network of "
    "table 10.",
    run=_run,
    minutes=0.5,
)

"""The tables and plots of the claim on vanishing gradients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from carrousel.engine import sigmoid
from carrousel.inspection import Curve
from carrousel.lab.cliff import Descent, descend, error_at
from carrousel.lab.gradient_gains import LAGS, Gain
from carrousel.lab.lags_learned import Tried
from carrousel.lab.report import Part, Table
from carrousel.pages import Curves

BIASES: Final = (0.0, 1.0, 2.0, 3.0, 4.6, 5.0)
CORNER: Final = {"w": 5.0, "b": -1.75}
"""Weights at the foot of the cliff, from which the picture's descents begin."""


def gain_table(gains: Sequence[Gain]) -> Table:
    """Sizes at a few lags."""
    rows = [(g.units, g.matrix, *(g.size(lag) for lag in LAGS), g.curve.gamma, g.norm, g.tau) for g in gains]
    columns = [
        "units",
        "recurrent matrix",
        *(f"lag {lag}" for lag in LAGS),
        "factor a step",
        "bound a step",
        "tau of 1997",
    ]
    return Table(caption="What is left of a gradient, plain networks of 64 units as drawn", columns=columns, rows=rows)


def horizon_table(gains: Sequence[Gain], gated: Mapping[str, Curve]) -> Table:
    """How far back gradients reach before training."""
    every = {f"{g.units} {g.matrix}": g.curve for g in gains if g.units != "linear"} | dict(gated)
    return Table(
        caption="Half-lives and horizons as training begins, in steps; of an LSTM those of its cell",
        columns=["network", "half-life", "1/e", "10%", "1%"],
        rows=[_row(name, curve) for name, curve in every.items()],
    )


def _row(name: str, curve: Curve) -> tuple[Any, ...]:
    horizons = (curve.horizon(share) for share in (1 / np.e, 0.1, 0.01))
    half = curve.half_life
    return (
        name,
        half if np.isfinite(half) else "grows",
        *(f"{q}" if ended else f"{q} or more" for q, ended in horizons),
    )


def flow_plot(gains: Sequence[Gain], gated: Mapping[str, Curve]) -> Curves:
    """Their sizes against the lag."""
    every = {f"{g.units} {g.matrix}": g.curve for g in gains if g.units == "tanh"} | dict(gated)
    bounds = {
        f"bound of {g.units} {g.matrix}": [(float(q), float(q * np.log10(g.norm))) for q in g.curve.lags]
        for g in gains
        if g.units == "tanh" and g.norm < 1.5
    }
    return Curves(
        title="What is left of a gradient as training begins",
        x="steps before",
        y="log10 of the size",
        curves={name: _points(curve) for name, curve in every.items()} | bounds,
    )


def _points(curve: Curve) -> list[tuple[float, float]]:
    return [(float(q), float(v) / np.log(10)) for q, v in zip(curve.lags, curve.mean, strict=True) if np.isfinite(v)]


def forget_table() -> Table:
    """What the bias of a forget gate means in steps."""
    rows = []
    for bias in BIASES:
        f = sigmoid(bias)
        rows.append((bias, float(f), float(-1 / np.log(f)), float(-np.log(2) / np.log(f))))
    caption = "What a forget gate keeps: c f^q is left after q steps (100 steps need f = 0.990, 7 need 0.867)"
    return Table(caption=caption, columns=["bias", "f", "steps to 1/e", "half-life"], rows=rows)


def cliff_parts() -> list[Part]:
    """The error over one weight, and two descents."""
    ws = np.linspace(0, 8, 161)
    slices = {f"b = {b:g}": list(zip(ws, error_at(ws, np.full_like(ws, b)).error, strict=True)) for b in (-3, -2, -1)}
    title = "The cliff: the error of one unit after 50 steps"
    cliff = Curves(
        title=title, x="w", y="error", curves={n: [(float(a), float(e)) for a, e in p] for n, p in slices.items()}
    )
    ways = {f"clipped at {clip:g}" if clip else "not clipped": clip for clip in (0.0, 0.1)}
    down = {name: descend(**CORNER, rate=0.5, updates=200, clip=clip) for name, clip in ways.items()}
    errors = {name: [(float(k), float(e)) for k, e in enumerate(d.errors)] for name, d in down.items()}
    title = "Gradient descent at the foot of the cliff (w = 5, b = -1.75, rate 0.5)"
    return [cliff, Curves(title=title, x="update", y="error", curves=errors), _descents(down)]


def _descents(down: Mapping[str, Descent]) -> Table:
    rows = [(name, float(d.norms.max()), d.longest, float(d.errors[-1])) for name, d in down.items()]
    columns = ["descent", "largest gradient", "longest step", "error in the end"]
    return Table(caption="The two descents", columns=columns, rows=rows)


def tried_table(tried: Mapping[str, Sequence[Tried]], caption: str) -> Table:
    """Which runs learned what."""
    rows = [
        (one.network, one.lag, f"{one.solved}/{len(one.sequences)}", one.median) for of in tried.values() for one in of
    ]
    return Table(caption=caption, columns=["network", "lag", "solved", "median sequences of those"], rows=rows)


def trained_table(trained: Mapping[str, Curve]) -> Table:
    """How far back gradients reach after training."""
    return Table(
        caption="After training, at the end of a sequence: half-lives and horizons in steps",
        columns=["network", "half-life", "1/e", "10%", "1%"],
        rows=[_row(name, curve) for name, curve in trained.items()],
    )


def trained_plot(trained: Mapping[str, Curve]) -> Curves:
    """Their sizes against the lag."""
    return Curves(
        title="What is left of a gradient in networks that have learned a lag",
        x="steps before",
        y="log10 of the size",
        curves={name: _points(curve) for name, curve in trained.items()},
    )

"""How gradients flow back through time, drawn on a logarithmic axis: every model, layer and state in one plot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from carrousel.inspection.curves import DEFINITION, SHARES, Curve
from carrousel.inspection.jacobians import StateFlow
from carrousel.inspection.losses import LossFlow
from carrousel.pages import Html, escape, formula, line_plot, paragraph, table


@dataclass(frozen=True, kw_only=True)
class Flow:
    """How gradients flow back in one model."""

    loss: LossFlow
    states: Sequence[Mapping[str, StateFlow]]
    """For each layer the Jacobians of its states."""


def flows_part(flows: Mapping[str, Flow]) -> list[Html]:
    """The plots and their tables.

    Args:
        flows: model -> its flow.
    """
    losses = {
        f"{_whose(name, flows)}layer {number} {state}": curve
        for name, flow in flows.items()
        for number, layer in enumerate(flow.loss.layers, 1)
        for state, curve in layer.items()
    }
    jacobians: dict[str, Curve] = {}
    for name, flow in flows.items():
        for number, layer in enumerate(flow.states, 1):
            for state, found in layer.items():
                title = f"{_whose(name, flows)}layer {number} {state}"
                jacobians[title] = found.total
                if found.direct is not None:
                    jacobians[f"{title}, kept alone"] = found.direct
    return [
        paragraph(
            "The norm of ",
            formula(r"\partial L_T / \partial s_{T-q}"),
            ", the loss of one step by a state q steps before.",
        ),
        *_plot(losses, "Gradient of the loss by earlier states", "norm"),
        paragraph(
            "The size of ",
            formula(r"\partial s_T / \partial s_{T-q}"),
            ", a state by itself q steps before: the root mean square of its singular values, so that what is kept "
            "whole stays at 1. «Kept alone» is the path through the gate that keeps, without the others.",
        ),
        *_plot(jacobians, "Jacobian of states by earlier ones", "size"),
        Html(f'<p class="note">{escape(DEFINITION[:1].upper() + DEFINITION[1:])}.</p>'),
        *(Html(f'<p class="note">{escape(line)}.</p>') for line in _how(flows)),
    ]


def _plot(curves: Mapping[str, Curve], title: str, size: str) -> list[Html]:
    lags = sorted({int(lag) for curve in curves.values() for lag in curve.lags})
    series = {name: _sizes(curve, lags) for name, curve in curves.items()}
    columns = ["state", "factor a step", "half-life", *(f"horizon {share}" for share in SHARES)]
    rows = [
        [name, curve.gamma, curve.half_life, *(_horizon(curve, s) for s in SHARES.values())]
        for name, curve in curves.items()
    ]
    plot = line_plot(series, x=lags, title=title, x_label="lag q in steps", y_label=size, log=True)
    return [plot, table(rows, columns=columns, caption=f"{title}: figures")]


def _sizes(curve: Curve, lags: Sequence[int]) -> list[float | None]:
    """The mean size at each lag; None where the curve has none, or one that a float cannot hold."""
    with np.errstate(under="ignore", over="ignore"):
        known = dict(zip(curve.lags.tolist(), np.exp(curve.mean).tolist(), strict=True))
    found = [known.get(lag) for lag in lags]
    return [float(f"{v:.4g}") if v is not None and np.isfinite(v) and v > 0 else None for v in found]


def _horizon(curve: Curve, share: float) -> str:
    lag, within = curve.horizon(share)
    return f"{lag}" if within else f"over {lag}"


def _how(flows: Mapping[str, Flow]) -> list[str]:
    told = {f"Loss: exact; {flow.loss.windows.words}" for flow in flows.values()}
    told |= {
        f"Jacobians: {found.words}" for flow in flows.values() for layer in flow.states for found in layer.values()
    }
    return sorted(told)


def _whose(name: str, flows: Mapping[str, Flow]) -> str:
    return f"{name} " if len(flows) > 1 else ""

"""What was measured on the text itself, as tables: gates, memory, gradient flow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from carrousel.inspection.curves import DEFINITION as FLOW
from carrousel.inspection.curves import SHARES, Curve
from carrousel.inspection.findings.finding import Finding
from carrousel.inspection.flow import GradientFlow
from carrousel.inspection.gates import DEFINITION, TIME_SCALE, gate_statistics, time_scales
from carrousel.inspection.trace import LayerTrace

NAMED: Final = 8
"""Units of a list that are named."""


def measured(layer: LayerTrace, number: int) -> Iterator[Finding]:
    """The gates of a layer and how long it keeps, as far as its cell has them.

    Args:
        layer: the layer.
        number: of the layer, from 1.
    """
    if gates := gate_statistics(layer).values():
        yield Finding(
            kind="gates",
            title=f"Gates of layer {number}",
            about=_sentence(DEFINITION),
            columns=["gate", "mean", "share shut", "share open", "always open", "always shut"],
            rows=[
                [
                    gate.name,
                    *(float(figure.mean()) for figure in (gate.mean, gate.shut, gate.open)),
                    listed(gate.always_open),
                    listed(gate.always_shut),
                ]
                for gate in gates
            ],
        )
    if (scales := time_scales(layer)) is not None:
        low, middle, high = (float(np.quantile(scales.tau, s, method="inverted_cdf")) for s in (0.1, 0.5, 0.9))
        longest = np.argsort(-scales.tau, kind="stable")[:NAMED].tolist()
        yield Finding(
            kind="memory",
            title=f"Memory of layer {number}, in steps",
            about=_sentence(TIME_SCALE),
            columns=["state", "keeps", "τ of 10%", "median τ", "τ of 90%", "median half-life", "longest"],
            rows=[[scales.state, scales.keeps, low, middle, high, middle * float(np.log(2)), listed(longest)]],
        )


def loss_curves(flow: GradientFlow) -> dict[str, Curve]:
    """The gradients of the loss by layer and state."""
    layers = enumerate(flow.loss.layers, 1)
    return {f"layer {number} {state}": curve for number, layer in layers for state, curve in layer.items()}


def jacobian_curves(flow: GradientFlow) -> dict[str, Curve]:
    """The Jacobians by layer and state, and what is kept alone: the path through the gate, without the others."""
    found: dict[str, Curve] = {}
    for number, layer in enumerate(flow.states, 1):
        for state, one in layer.items():
            found[f"layer {number} {state}"] = one.total
            if one.direct is not None:
                found[f"layer {number} {state}, kept alone"] = one.direct
    return found


def flow_words(flow: GradientFlow) -> tuple[str, ...]:
    """What was done, in words."""
    jacobians = dict.fromkeys(f"Jacobians: {one.words}" for layer in flow.states for one in layer.values())
    return (f"Loss: exact; {flow.loss.windows.words}", *jacobians)


def flow_table(curves: Mapping[str, Curve], title: str) -> Finding:
    """The figures of curves of sizes against the lag."""
    return Finding(
        kind="gradients",
        title=title,
        about=_sentence(FLOW),
        columns=["state", "factor a step", "half-life", *(f"horizon {share}" for share in SHARES)],
        rows=[
            [name, curve.gamma, curve.half_life, *(_horizon(curve, share) for share in SHARES.values())]
            for name, curve in curves.items()
        ],
    )


def listed(units: Sequence[int]) -> str:
    """Units by number; of many the first."""
    if not units:
        return "none"
    more = f" and {len(units) - NAMED:,} more" if len(units) > NAMED else ""
    return ", ".join(map(str, units[:NAMED])) + more


def _horizon(curve: Curve, share: float) -> str:
    lag, within = curve.horizon(share)
    return f"{lag}" if within else f"over {lag}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."

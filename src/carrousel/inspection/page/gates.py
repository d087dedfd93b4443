"""What the gates of one model did over a text, drawn: how they spread, how often shut or open, how long they keep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from carrousel.inspection.gates import DEFINITION, TIME_SCALE, GateStatistics, TimeScales, gate_statistics, time_scales
from carrousel.inspection.trace import LayerTrace, Trace
from carrousel.pages import Html, escape, histogram, joined, paragraph, scatter, table

BINS: Final = 20
NAMED: Final = 8
"""Units of a list that are named."""


def gates_part(trace: Trace) -> Html:
    """All of it, layer by layer."""
    return joined(_layer(number, layer) for number, layer in enumerate(trace.layers, 1))


def gates_notes() -> list[Html]:
    """The definitions."""
    return [Html(f'<p class="note">{escape(said[:1].upper() + said[1:])}.</p>') for said in (DEFINITION, TIME_SCALE)]


def _layer(number: int, layer: LayerTrace) -> Html:
    found = gate_statistics(layer)
    title = Html(f"<h3>Layer {number}</h3>")
    if not found:
        return title + paragraph(f"{layer.cell.name} has no gate: nothing in its equations lies between 0 and 1.")
    figures = joined(
        histogram(*_spread(layer, name), title=f"{name} at every step of every unit", x_label=name) for name in found
    )
    saturation = scatter(
        {name: list(zip(gate.shut.tolist(), gate.open.tolist(), strict=True)) for name, gate in found.items()},
        title="Each unit's share of steps shut and open",
        x_label="share shut (below .1)",
        y_label="share open (above .9)",
    )
    columns = ["gate", "mean", "share shut", "share open", "always open", "always shut"]
    rows = [_row(gate) for gate in found.values()]
    return joined(
        [
            title,
            table(rows, columns=columns, caption=f"Gates of layer {number}"),
            _kept(number, time_scales(layer)),
            Html(f'<div class="grid">{figures}{saturation}</div>'),
        ]
    )


def _spread(layer: LayerTrace, name: str) -> tuple[list[int], list[float]]:
    """How often a gate had each of its values."""
    values = layer.units(name) if name in layer.values else np.asarray(layer.constants[name])
    counts, edges = np.histogram(values, bins=BINS, range=(0.0, 1.0))
    return counts.tolist(), edges.tolist()


def _row(gate: GateStatistics) -> list[object]:
    means = [float(a.mean()) for a in (gate.mean, gate.shut, gate.open)]
    return [gate.name, *means, _listed(gate.always_open), _listed(gate.always_shut)]


def _kept(number: int, scales: TimeScales | None) -> Html:
    if scales is None:
        return Html("")
    tau = scales.tau[np.isfinite(scales.tau)]
    shares = (0.1, 0.5, 0.9)
    low, middle, high = (float(np.quantile(scales.tau, s, method="inverted_cdf")) for s in shares)
    longest = np.argsort(-scales.tau, kind="stable")[:NAMED].tolist()
    rows = [[scales.state, scales.keeps, low, middle, high, middle * float(np.log(2)), _listed(longest)]]
    columns = ["state", "keeps", "τ of 10%", "median τ", "τ of 90%", "median half-life", "longest"]
    endless = len(scales.tau) - len(tau)
    told = paragraph(f"{endless} units keep all that they hold.") if endless else Html("")
    return table(rows, columns=columns, caption=f"Memory of layer {number}, in steps") + told


def _listed(units: Sequence[int]) -> str:
    """Units by number; of many the first."""
    if not units:
        return "none"
    more = f" and {len(units) - NAMED:,} more" if len(units) > NAMED else ""
    return ", ".join(map(str, units[:NAMED])) + more

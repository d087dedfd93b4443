"""What the gates of one model did over a text, drawn: how they spread, how often shut or open, how long they keep."""

from __future__ import annotations

from typing import Final

import numpy as np

from carrousel.inspection.findings import measured
from carrousel.inspection.gates import gate_statistics
from carrousel.inspection.trace import LayerTrace, Trace
from carrousel.pages import Html, histogram, joined, paragraph, scatter, table

BINS: Final = 20


def gates_part(trace: Trace) -> Html:
    """All of it, layer by layer."""
    return joined(_layer(number, layer) for number, layer in enumerate(trace.layers, 1))


def gates_notes(traces: list[Trace]) -> list[Html]:
    """The definitions of what is told."""
    told = dict.fromkeys(found.about for trace in traces for layer in trace.layers for found in measured(layer, 1))
    return [Html('<p class="note">') + said + Html("</p>") for said in told]


def _layer(number: int, layer: LayerTrace) -> Html:
    title = Html(f"<h3>Layer {number}</h3>")
    gates = gate_statistics(layer)
    if not gates:
        return title + paragraph(f"{layer.cell.name} has no gate: nothing in its equations lies between 0 and 1.")
    tables = [table(found.rows, columns=found.columns, caption=found.title) for found in measured(layer, number)]
    plots = [
        histogram(*_spread(layer, name), title=f"{name} at every step of every unit", x_label=name) for name in gates
    ]
    saturation = scatter(
        {name: list(zip(gate.shut.tolist(), gate.open.tolist(), strict=True)) for name, gate in gates.items()},
        title="Each unit's share of steps shut and open",
        x_label="share shut (below .1)",
        y_label="share open (above .9)",
    )
    return joined([title, *tables, Html('<div class="grid">'), *plots, saturation, Html("</div>")])


def _spread(layer: LayerTrace, name: str) -> tuple[list[int], list[float]]:
    """How often a gate had each of its values."""
    values = layer.units(name) if name in layer.values else np.asarray(layer.constants[name])
    counts, edges = np.histogram(values, bins=BINS, range=(0.0, 1.0))
    return counts.tolist(), [round(edge, 2) for edge in edges.tolist()]

"""One model looked into: its trace, and all that was measured and asked beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from carrousel.inspection.findings import Finding
from carrousel.inspection.flow import GradientFlow
from carrousel.inspection.gates import gate_statistics, time_scales
from carrousel.inspection.trace import LayerTrace, Trace


@dataclass(frozen=True, kw_only=True)
class Look:
    """One model and what was found of it on a text."""

    name: str
    trace: Trace
    flows: Mapping[str, GradientFlow] = field(default_factory=dict)
    """How gradients flow back in it, by what it is called: as it is, before training, at a checkpoint."""
    findings: Sequence[Finding] = ()
    """What was asked of it beside."""

    def as_json(self) -> dict[str, Any]:
        """The figures as plain values; the values of every step are the trace's own."""
        return {
            "name": self.name,
            "tokens": list(self.trace.names),
            "layers": [_layer(layer) for layer in self.trace.layers],
            "gradients": {name: flow.as_json() for name, flow in self.flows.items()},
            "findings": [found.as_json() for found in self.findings],
        }


def _layer(layer: LayerTrace) -> dict[str, Any]:
    scales = time_scales(layer)
    return {
        "cell": layer.cell.name,
        "hidden": layer.hidden,
        "gates": [gate.as_json() for gate in gate_statistics(layer).values()],
        "memory": None if scales is None else scales.as_json(),
    }

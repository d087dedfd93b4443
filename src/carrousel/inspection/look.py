"""One model looked into: its trace, and all that was measured and asked beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from carrousel.inspection.findings import Finding
from carrousel.inspection.flow import Flow
from carrousel.inspection.gates import gate_statistics, time_scales
from carrousel.inspection.trace import LayerTrace, Trace


@dataclass(frozen=True, kw_only=True)
class Look:
    """One model and what was found of it on a text."""

    name: str
    trace: Trace
    flow: Flow | None = None
    """How gradients flow back in it, where that was measured."""
    untrained: Flow | None = None
    """The same before training."""
    findings: Sequence[Finding] = ()
    """What was asked of it beside."""

    @property
    def flows(self) -> dict[str, Flow]:
        """Its flows by name."""
        both = {self.name: self.flow, f"{self.name} before training": self.untrained}
        return {name: flow for name, flow in both.items() if flow is not None}

    def as_json(self) -> dict[str, Any]:
        """The figures as plain values; the values of every step are the trace's own."""
        return {
            "name": self.name,
            "tokens": list(self.trace.names),
            "layers": [_layer(layer) for layer in self.trace.layers],
            "gradients": None if self.flow is None else self.flow.as_json(),
            "gradients before training": None if self.untrained is None else self.untrained.as_json(),
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

"""Gates over a text: how open they were, how often shut or wide open, and how long what they keep lasts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from carrousel.inspection.keeping import kept_fraction, kept_state
from carrousel.inspection.ranges import gate_names
from carrousel.inspection.trace import LayerTrace

SHUT: Final = 0.1
OPEN: Final = 0.9
"""Where a gate counts as shut and as open (left and right saturated; Karpathy, Johnson & Li 2015)."""
DEFINITION: Final = (
    f"a gate is shut at a step where it is below {SHUT} and open where it is above {OPEN}; a unit is always shut or "
    "always open where it was so at every step of the text"
)
TIME_SCALE: Final = (
    "of what a unit keeps: tau = -1 / mean(ln f) in steps, f the fraction that survives a step (the geometric mean), "
    "half-life = tau ln 2; the layer's horizon is the 90th percentile of tau over its units"
)


@dataclass(frozen=True, kw_only=True, eq=False)
class GateStatistics:
    """One gate of one layer over a text, unit by unit."""

    name: str
    mean: np.ndarray
    """(units,) Its mean over the steps."""
    shut: np.ndarray
    """(units,) The share of steps at which it was below .1."""
    open: np.ndarray
    """(units,) The share of steps at which it was above .9."""

    @property
    def always_open(self) -> tuple[int, ...]:
        """The units that were open at every step."""
        return tuple(np.flatnonzero(self.open == 1).tolist())

    @property
    def always_shut(self) -> tuple[int, ...]:
        """The units that were shut at every step."""
        return tuple(np.flatnonzero(self.shut == 1).tolist())

    def as_json(self) -> dict[str, Any]:
        """The gate as plain values."""
        return {
            "gate": self.name,
            "mean": float(self.mean.mean()),
            "share shut": float(self.shut.mean()),
            "share open": float(self.open.mean()),
            "always open": list(self.always_open),
            "always shut": list(self.always_shut),
            "units": {"mean": self.mean.tolist(), "shut": self.shut.tolist(), "open": self.open.tolist()},
        }


@dataclass(frozen=True, kw_only=True, eq=False)
class TimeScales:
    """How long what a layer keeps lasts, as its gates alone tell."""

    state: str
    """The state that is kept."""
    keeps: str
    """The fraction that survives, as the cell's row has it."""
    tau: np.ndarray
    """(units,) Steps until 1/e is left; infinite where all is kept, 0 where nothing is."""

    @property
    def half_life(self) -> np.ndarray:
        """(units,) Steps until half is left."""
        return self.tau * np.log(2)

    @property
    def horizon(self) -> float:
        """The 90th percentile of tau over the units."""
        return float(np.quantile(self.tau, 0.9, method="inverted_cdf"))

    def as_json(self) -> dict[str, Any]:
        """The time-scales as plain values; an infinite one is null, for JSON has no infinity."""
        finite = [float(t) if np.isfinite(t) else None for t in self.tau]
        horizon = self.horizon if np.isfinite(self.horizon) else None
        return {"state": self.state, "keeps": self.keeps, "tau": finite, "horizon": horizon}


def gate_statistics(layer: LayerTrace) -> dict[str, GateStatistics]:
    """Every gate that the trace kept, by name."""
    found = {}
    for name in gate_names(layer.plan):
        if name in layer.values:
            values = layer.units(name)
        elif name in layer.constants:
            values = layer.constants[name].reshape(1, -1)
        else:
            continue
        found[name] = GateStatistics(
            name=name,
            mean=values.mean(axis=0, dtype=np.float64),
            shut=(values < SHUT).mean(axis=0),
            open=(values > OPEN).mean(axis=0),
        )
    return found


def time_scales(layer: LayerTrace) -> TimeScales | None:
    """How long each unit keeps what it holds, from the fraction that the cell's row says it keeps.

    Returns:
        None where the row names no such fraction, or the trace did not keep it.
    """
    kept, state = kept_fraction(layer), kept_state(layer.plan)
    if kept is None or state is None or layer.cell.keeps is None:
        return None
    with np.errstate(divide="ignore"):
        rate = -np.log(np.asarray(kept, np.float64)).mean(axis=0)
        return TimeScales(state=state, keeps=layer.cell.keeps, tau=1 / np.maximum(rate, 0.0))

"""A gradient's size against the lag, and what is told of it: slope, half-life, horizons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from jaxtyping import Float

SHARES: Final = {"1/e": 1 / np.e, "10%": 0.1, "1%": 0.01}
"""What must be left of the first size, by name."""
DEFINITION: Final = (
    "sizes are averaged over the end points by their logarithms; the slope is the least-squares slope of that mean "
    "against the lag, gamma = exp(slope) the factor a step, half-life = ln 2 / -slope; the horizon is the largest lag "
    "up to which the size stays at or above a share of that at the first lag (1/e, 10%, 1%)"
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Curve:
    """Sizes against the lag."""

    lags: np.ndarray
    """(lags,) Steps back, from the first that was measured."""
    log_sizes: Float[np.ndarray, "ends lags"]
    """Natural logarithms, -inf where the size is zero; they reach far below what a float holds."""

    @property
    def mean(self) -> np.ndarray:
        """(lags,) The mean logarithm over the end points."""
        return self.log_sizes.mean(axis=0)

    @property
    def slope(self) -> float:
        """The change of the mean logarithm a step, over the lags at which it is finite; nan with less than two."""
        finite = np.isfinite(self.mean)
        if finite.sum() < 2:
            return float("nan")
        return float(np.polyfit(self.lags[finite], self.mean[finite], 1)[0])

    @property
    def gamma(self) -> float:
        """The factor a step: below 1 a gradient vanishes, above it explodes."""
        return float(np.exp(self.slope))

    @property
    def half_life(self) -> float:
        """Steps until half is left; infinite where the size does not shrink."""
        return float(np.log(2) / -self.slope) if self.slope < 0 else float("inf") if self.slope >= 0 else float("nan")

    def horizon(self, share: float) -> tuple[int, bool]:
        """The largest lag up to which at least a share of the first size is left, and whether it ends within reach.

        Returns:
            The lag; and true where a later lag fell below, false where all that were measured stayed above.
        """
        if not np.isfinite(self.mean[0]):  # nothing was there to begin with
            return int(self.lags[0]), True
        below = np.flatnonzero(self.mean < self.mean[0] + np.log(share))
        return (int(self.lags[below[0] - 1]), True) if len(below) else (int(self.lags[-1]), False)

    def as_json(self) -> dict[str, Any]:
        """The curve and its figures as plain values; what is infinite or no number is null."""
        horizons = {name: self.horizon(share) for name, share in SHARES.items()}
        return {
            "lags": self.lags.tolist(),
            "log10 size": [_plain(v) for v in self.mean / np.log(10)],
            "slope": _plain(self.slope),
            "gamma": _plain(self.gamma),
            "half-life": _plain(self.half_life),
            "horizon": {name: {"steps": steps, "reached": reached} for name, (steps, reached) in horizons.items()},
        }


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None

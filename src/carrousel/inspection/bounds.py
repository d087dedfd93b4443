"""What a recurrent matrix alone says of the gradients of a plain network: how fast they shrink or grow at most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from jaxtyping import Float

SLOPES: Final[Mapping[str, float]] = {"linear": 1.0, "tanh": 1.0, "logistic": 0.25}
"""The largest slope of what a unit does with its sum."""
DEFINITION: Final = (
    "of h = phi(W x + U h) a step multiplies a gradient by diag(phi') U, so by no more than the largest slope of phi "
    "times the largest singular value of U: below 1 every gradient vanishes (Pascanu, Mikolov & Bengio 2013); n units "
    "whose largest weight is w let none of its numbers pass n tau^q after q steps, tau = n w max phi' "
    "(Hochreiter & Schmidhuber 1997)"
)


@dataclass(frozen=True, kw_only=True)
class GainBound:
    """The bounds of one recurrent matrix and one kind of unit."""

    units: int
    norm: float
    """The largest slope times the largest singular value: no step multiplies a gradient by more."""
    radius: float
    """The largest slope times the spectral radius: of a linear network the factor a step in the long run."""
    tau: float
    """The largest slope times units times the largest weight."""

    @property
    def vanishes(self) -> bool:
        """Whether every gradient is certain to vanish."""
        return self.norm < 1 or self.tau < 1

    def log_at_most(self, lags: np.ndarray) -> Float[np.ndarray, " lags"]:
        """The natural logarithm of the largest singular value that the Jacobian over so many steps can have."""
        return lags * np.log(self.norm)

    def as_json(self) -> dict[str, Any]:
        """The bounds as plain values."""
        return {"units": self.units, "norm": self.norm, "radius": self.radius, "tau": self.tau}


def gain_bound(matrix: np.ndarray, *, slope: float) -> GainBound:
    """The bounds of a square matrix that acts on a state whose units have this largest slope."""
    matrix = np.asarray(matrix, np.float64)
    return GainBound(
        units=len(matrix),
        norm=slope * float(np.linalg.norm(matrix, 2)),
        radius=slope * float(np.abs(np.linalg.eigvals(matrix)).max()),
        tau=slope * len(matrix) * float(np.abs(matrix).max()),
    )

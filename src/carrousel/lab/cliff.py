"""The cliff in the error of a recurrent network: one unit over many steps, two weights, and descent beside it.

The unit is x = w sigma(x) + b, begun at 0.5; the error is the squared distance of sigma(x) from 0.7 after 50 steps
(after Pascanu, Mikolov & Bengio 2013, whose picture is of such a unit).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from jaxtyping import Float

STEPS: Final = 50
BEGIN: Final = 0.5
TARGET: Final = 0.7


class Place(NamedTuple):
    """Errors and their slopes at some weights."""

    error: np.ndarray
    by_w: np.ndarray
    by_b: np.ndarray

    @property
    def norm(self) -> np.ndarray:
        """The length of the gradient."""
        return np.hypot(self.by_w, self.by_b)


@dataclass(frozen=True, kw_only=True, eq=False)
class Descent:
    """What gradient descent did."""

    weights: Float[np.ndarray, "updates 2"]
    """w and b, from where it began."""
    errors: Float[np.ndarray, " updates"]
    norms: Float[np.ndarray, " updates"]
    """Of the gradient before it is clipped."""

    @property
    def longest(self) -> float:
        """The longest step that was made."""
        return float(np.linalg.norm(np.diff(self.weights, axis=0), axis=1).max())


def error_at(w: np.ndarray, b: np.ndarray, *, steps: int = STEPS) -> Place:
    """The error after so many steps and its derivatives, at many weights together."""
    x, by_w, by_b = np.full(np.shape(w), BEGIN), np.zeros(np.shape(w)), np.zeros(np.shape(w))
    for _ in range(steps):
        s = _logistic(x)
        slope = w * s * (1 - s)
        x, by_w, by_b = w * s + b, s + slope * by_w, 1 + slope * by_b
    s = _logistic(x)
    outer = 2 * (s - TARGET) * s * (1 - s)
    return Place(np.square(s - TARGET), outer * by_w, outer * by_b)


def descend(*, w: float, b: float, rate: float, updates: int, clip: float = 0.0) -> Descent:
    """Gradient descent from a pair of weights; a gradient longer than `clip` is scaled to it, 0 never scales."""
    weights, errors, norms = [np.array([w, b])], [], []
    for _ in range(updates + 1):
        place = error_at(*weights[-1])
        gradient = np.array([place.by_w, place.by_b])
        errors.append(float(place.error))
        norms.append(float(place.norm))
        if clip and norms[-1] > clip:
            gradient *= clip / norms[-1]
        weights.append(weights[-1] - rate * gradient)
    return Descent(weights=np.stack(weights[:-1]), errors=np.array(errors), norms=np.array(norms))


def _logistic(v: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(0.5 * v))

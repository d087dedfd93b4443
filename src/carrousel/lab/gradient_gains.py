"""What is left of a gradient so many steps back, of plain networks by the size of their weights and of gated ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import jax
import numpy as np

from carrousel.engine import Cell, Matrices, Start, Vector, Vectors
from carrousel.inspection import Curve, GainBound, gain_bound, state_flow, trace_layer
from carrousel.inspection.bounds import SLOPES
from carrousel.layers import Recurrent, scale_recurrent, with_letters

UNITS: Final = 64
INPUTS: Final = 8
LAGS: Final = (1, 10, 30, 60)
"""Where sizes are told."""


def linear(x: Vector, h: Vector, *, W: Matrices, U: Matrices, b: Vectors) -> Vector:
    """The plain network without a squashing function."""
    h = W.h @ x + U.h @ h + b.h
    return h  # noqa: RET504 - the new state has the name that it has in the equation


PLAIN: Final[Mapping[str, str | Cell]] = {"linear": Cell(linear), "tanh": "elman", "logistic": "elman-logistic"}
"""The plain networks by what their units do."""

Draw = Callable[[np.random.Generator, int], np.ndarray]


def orthogonal(generator: np.random.Generator, units: int) -> np.ndarray:
    """All singular values are 1."""
    q, r = np.linalg.qr(generator.normal(size=(units, units)))
    return q * np.sign(np.diag(r))


MATRICES: Final[Mapping[str, Draw]] = {
    "orthogonal": orthogonal,
    "0.9 x orthogonal": lambda generator, units: 0.9 * orthogonal(generator, units),
    "uniform in ±1/√n": lambda generator, units: generator.uniform(-1, 1, size=(units, units)) / np.sqrt(units),
    "normal, deviation 1/√n": lambda generator, units: generator.normal(size=(units, units)) / np.sqrt(units),
    "normal, deviation 2/√n": lambda generator, units: generator.normal(size=(units, units)) * 2 / np.sqrt(units),
}
"""Recurrent matrices by how they are drawn."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Gain:
    """One network as it is drawn."""

    units: str
    matrix: str
    curve: Curve
    """The Jacobian of the state by itself so many steps before, root mean square of its singular values; an end point
    for each draw."""
    bounds: tuple[GainBound, ...]
    """Of each draw."""

    @property
    def norm(self) -> float:
        """The factor that no step passes, the mean over the draws."""
        return float(np.mean([bound.norm for bound in self.bounds]))

    @property
    def tau(self) -> float:
        """Units times the largest weight times the largest slope, the mean over the draws (1997)."""
        return float(np.mean([bound.tau for bound in self.bounds]))

    def size(self, lag: int) -> float:
        """What is left after so many steps, the geometric mean over the draws."""
        return float(np.exp(self.curve.mean[lag]))


def plain_gain(units: str, matrix: str, *, seeds: range, lags: int = LAGS[-1], hidden: int = UNITS) -> Gain:
    """Draw a plain network several times and follow gradients back through it.

    Inputs are normal with a deviation of 0.1, input weights normal with a deviation of 1, biases 0, and the first
    `lags` steps only bring the network into its swing.
    """
    curves, bounds = [], []
    for seed in seeds:
        generator = np.random.default_rng(seed)
        drawn = MATRICES[matrix](generator, hidden)
        letters = {"U": {"h": drawn}, "W": {"h": generator.normal(size=(hidden, INPUTS))}}
        layer = with_letters(Recurrent(PLAIN[units], inputs=INPUTS, hidden=hidden, key=jax.random.key(seed)), letters)
        curves.append(followed(layer, 0.1 * generator.normal(size=(2 * lags, INPUTS)), "h", lags=lags))
        bounds.append(gain_bound(drawn, slope=SLOPES[units]))
    return Gain(units=units, matrix=matrix, curve=joined(curves), bounds=tuple(bounds))


def gated_gain(
    cell: str, state: str, *, seeds: range, start: Start | None = None, lags: int = LAGS[-1], hidden: int = UNITS
) -> Curve:
    """The same of a gated cell as it starts, on inputs of the same size times Glorot's weights, by one state."""
    curves = []
    for seed in seeds:
        generator = np.random.default_rng(seed)
        layer = Recurrent(cell, inputs=INPUTS, hidden=hidden, start=start, key=jax.random.key(seed))
        curves.append(followed(layer, generator.normal(size=(2 * lags, INPUTS)), state, lags=lags))
    return joined(curves)


def radius_gain(units: str, radius: float, *, seeds: range, lags: int = LAGS[-1], hidden: int = UNITS) -> Curve:
    """The same of a plain network whose normal recurrent matrix is scaled to a spectral radius."""
    curves = []
    for seed in seeds:
        generator = np.random.default_rng(seed)
        letters = {
            "U": {"h": generator.normal(size=(hidden, hidden))},
            "W": {"h": generator.normal(size=(hidden, INPUTS))},
        }
        layer = with_letters(Recurrent(PLAIN[units], inputs=INPUTS, hidden=hidden, key=jax.random.key(seed)), letters)
        xs = 0.1 * generator.normal(size=(2 * lags, INPUTS))
        curves.append(followed(scale_recurrent(layer, radius=radius), xs, "h", lags=lags))
    return joined(curves)


def kept_cell(*, steps: int, open_at: float, hidden: int = 16, seed: int = 0) -> tuple[bool, Curve]:
    """An LSTM whose forget gates have this bias and whose input gates have its negative.

    Returns:
        Whether the cell after so many steps of random input is the cell before them, bit for bit, and the Jacobian of
        the one by the other.
    """
    generator = np.random.default_rng(seed)
    drawn = Recurrent("lstm", inputs=INPUTS, hidden=hidden, key=jax.random.key(seed))
    bias = np.full(hidden, open_at)
    layer = with_letters(drawn, {"b": {"f": bias, "i": -bias}})
    xs = generator.normal(size=(steps, INPUTS)).astype(np.float32)
    begin = tuple(generator.uniform(-1, 1, size=hidden).astype(np.float32) for _ in "hc")
    trace = trace_layer(layer, xs, begin)
    same = bool(np.array_equal(trace.values["c"][-1], begin[1]))
    return same, state_flow(layer, trace, lags=steps, ends=1)["c"].total


def followed(layer: Recurrent, xs: np.ndarray, state: str, *, lags: int) -> Curve:
    """The Jacobian of a state by itself so many steps before, from four end points of one sequence."""
    trace = trace_layer(layer, xs.astype(np.float32))
    return state_flow(layer, trace, lags=lags, ends=4)[state].total


def joined(curves: list[Curve]) -> Curve:
    """Several curves over the same lags as one, their end points side by side."""
    return Curve(lags=curves[0].lags, log_sizes=np.concatenate([curve.log_sizes for curve in curves]))

"""The learning rule of the 1997 paper, written out, beside the derivatives of the same network by two other ways.

Letters are those of `lstm-1997-full`. The paper's rule (its equations 19 to 28) keeps a trace for each weight of a
cell and of an input gate and never goes back in time. It is the gradient of the network in which what cells and gates
hear of the step before is a given number; and that is what automatic differentiation gives where `stop` is written
around it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from carrousel.cells import find_cell
from carrousel.layers import Recurrent, with_letters

CELL: Final = "lstm-1997-full"
KINDS: Final[Mapping[str, str]] = {"g": "cells", "i": "input gates", "o": "output gates", "k": "output units"}
"""What the weights of a letter lead to."""

Weights = dict[str, np.ndarray]
"""Kind -> (units, sources): sources are x, cells, input gates and output gates of the step before, and 1; those of the
output units are the cells and 1."""


class Net(NamedTuple):
    """A network of blocks, its weights, and a sequence with a target at every step."""

    cells: int
    """Cells in a block."""
    weights: Weights
    xs: np.ndarray
    """(time, inputs)"""
    targets: np.ndarray
    """(time, outputs)"""


class Steps(NamedTuple):
    """What was computed at each step."""

    sources: np.ndarray
    """(time, sources)"""
    c: np.ndarray
    h: np.ndarray
    i: np.ndarray
    o: np.ndarray
    net_g: np.ndarray
    ys: np.ndarray
    """(time, outputs)"""


@dataclass(frozen=True, kw_only=True, eq=False)
class Compared:
    """One network's gradients by four ways."""

    rule: Weights
    """By the paper's rule."""
    automatic: Weights
    """By automatic differentiation of the cell with `stop`."""
    given: Weights
    """By finite differences of the network that hears the recorded numbers of the step before."""
    whole: Weights
    """By finite differences of the network itself: what is not truncated."""

    @property
    def rule_apart(self) -> float:
        """The largest difference between the rule and automatic differentiation."""
        return max(float(np.abs(self.rule[k] - self.automatic[k]).max()) for k in KINDS)

    @property
    def given_apart(self) -> float:
        """The largest difference between the rule and finite differences."""
        return max(float(np.abs(self.rule[k] - self.given[k]).max()) for k in KINDS)

    def cosines(self) -> dict[str, float]:
        """The cosine of the truncated with the whole gradient, by what the weights lead to."""
        return {KINDS[k]: _cosine(self.rule[k], self.whole[k]) for k in KINDS}


def draw_net(
    generator: np.random.Generator, *, inputs: int = 4, blocks: int = 3, cells: int = 2, outputs: int = 2, time: int = 9
) -> Net:
    """A network with weights of deviation 0.5, and a random sequence."""
    sources = inputs + blocks * cells + 2 * blocks + 1
    rows = {"g": blocks * cells, "i": blocks, "o": blocks}
    weights = {kind: generator.normal(size=(units, sources)) * 0.5 for kind, units in rows.items()}
    weights["k"] = generator.normal(size=(outputs, blocks * cells + 1)) * 0.5
    xs, targets = generator.normal(size=(time, inputs)), generator.uniform(size=(time, outputs))
    return Net(cells, weights, xs, targets)


def compare_gradients(net: Net, *, move: float = 1e-5) -> Compared:
    """The gradient of half the summed squared error by the four ways, in float64."""
    heard = forward(net).sources
    return Compared(
        rule=by_rule(net),
        automatic=by_differentiation(net),
        given=_by_differences(net, heard, move),
        whole=_by_differences(net, None, move),
    )


def forward(net: Net, heard: Float[np.ndarray, "time sources"] | None = None) -> Steps:
    """Run the network; where `heard` is given, its gates and cells are fed those sources and not their own."""
    w, cells = net.weights, net.cells
    blocks = len(w["i"])
    c, h = np.zeros((2, blocks * cells))
    i, o = np.zeros((2, blocks))
    kept = []
    for t, x in enumerate(net.xs):
        source = np.concatenate([x, h, i, o, [1.0]]) if heard is None else heard[t]
        i, o, net_g = _logistic(w["i"] @ source), _logistic(w["o"] @ source), w["g"] @ source
        c = c + np.repeat(i, cells) * (4 * _logistic(net_g) - 2)
        h = np.repeat(o, cells) * (2 * _logistic(c) - 1)
        kept.append((source, c, h, i, o, net_g, _logistic(w["k"] @ np.append(h, 1.0))))
    return Steps(*map(np.stack, zip(*kept, strict=True)))


def by_rule(net: Net) -> Weights:
    """The gradient by the paper's rule: forwards in time, with one trace a weight."""
    w, cells, steps = net.weights, net.cells, forward(net)
    total = {kind: np.zeros_like(of) for kind, of in w.items()}
    trace_g, trace_i = np.zeros_like(w["g"]), np.zeros((len(w["g"]), w["i"].shape[1]))
    for t, target in enumerate(net.targets):
        source, i, o, y = steps.sources[t], steps.i[t], steps.o[t], steps.ys[t]
        g, squashed = 4 * _logistic(steps.net_g[t]) - 2, 2 * _logistic(steps.c[t]) - 1
        trace_g += np.outer(np.repeat(i, cells) * (4 - g * g) / 4, source)
        trace_i += np.outer(g * np.repeat(i * (1 - i), cells), source)
        error = y * (1 - y) * (target - y)
        back = w["k"][:, :-1].T @ error
        gate = o * (1 - o) * (squashed * back).reshape(-1, cells).sum(axis=1)
        inner = np.repeat(o, cells) * (1 - squashed * squashed) / 2 * back
        total["k"] -= np.outer(error, np.append(steps.h[t], 1.0))
        total["o"] -= np.outer(gate, source)
        total["g"] -= inner[:, None] * trace_g
        total["i"] -= (inner[:, None] * trace_i).reshape(-1, cells, trace_i.shape[1]).sum(axis=1)
    return total


def by_differentiation(net: Net) -> Weights:
    """The gradient of the same error through the cell of the catalogue, by automatic differentiation."""
    inputs, hidden = net.xs.shape[1], len(net.weights["g"])
    with jax.enable_x64():
        cell = find_cell(CELL).with_options(cells=net.cells)
        layer = Recurrent(cell, inputs=inputs, hidden=hidden, key=jax.random.key(0), dtype=jnp.float64)
        xs, targets = jnp.asarray(net.xs)[:, None], jnp.asarray(net.targets)[:, None]

        def error(weights: Mapping[str, Any]) -> Any:
            run = layer_with(layer, weights)
            hs = jnp.pad(run(xs)[0], ((0, 0), (0, 0), (0, 1)), constant_values=1.0)
            return 0.5 * jnp.square(targets - jax.nn.sigmoid(hs @ weights["k"].T)).sum()

        found = jax.grad(error)({kind: jnp.asarray(of) for kind, of in net.weights.items()})
        return {kind: np.asarray(of) for kind, of in found.items()}


def layer_with(layer: Recurrent, weights: Mapping[str, Any]) -> Recurrent:
    """The layer with its letters cut from the weights of each kind."""
    hidden, blocks = layer.hidden, weights["i"].shape[0]
    ends = np.cumsum([layer.inputs, hidden, blocks, blocks])
    letters: dict[str, dict[str, Any]] = {space: {} for space in "WUVRb"}
    for kind in "gio":
        *matrices, bias = jnp.split(weights[kind], ends, axis=1)
        for space, matrix in zip("WUVR", matrices, strict=True):
            letters[space][kind] = matrix
        letters["b"][kind] = bias[:, 0]
    return with_letters(layer, letters)


def _by_differences(net: Net, heard: np.ndarray | None, move: float) -> Weights:
    found = {}
    for kind, of in net.weights.items():
        slopes = np.zeros(of.size)
        for place in range(of.size):
            ends = []
            for step in (move, -move):
                moved = of.copy()
                moved.reshape(-1)[place] += step
                ys = forward(net._replace(weights={**net.weights, kind: moved}), heard).ys
                ends.append(0.5 * np.square(net.targets - ys).sum())
            slopes[place] = (ends[0] - ends[1]) / (2 * move)
        found[kind] = slopes.reshape(of.shape)
    return found


def _logistic(v: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-v))


def _cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float((a * b).sum() / np.sqrt(np.square(a).sum() * np.square(b).sum()))

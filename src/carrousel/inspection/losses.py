"""How the loss of one step depends on the states of all layers so many steps before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from carrousel.inspection.backwards import pull_back
from carrousel.inspection.curves import Curve
from carrousel.inspection.jacobians import gathered
from carrousel.inspection.trace import Trace
from carrousel.inspection.windows import Windows, choose_windows
from carrousel.models import LanguageModel

States = tuple[tuple[Array, ...], ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class LossFlow:
    """The gradient of the loss of single steps by earlier states."""

    layers: tuple[dict[str, Curve], ...]
    """For each layer and state the norm of the gradient. At lag q the state is the one q steps before what the loss's
    step gives: at lag 1 it is the one that came into that step."""
    windows: Windows

    def as_json(self) -> dict[str, Any]:
        """The flow as plain values."""
        layers = [{name: curve.as_json() for name, curve in layer.items()} for layer in self.layers]
        return {"layers": layers, "how": f"exact; {self.windows.words}"}


def loss_flow(network: LanguageModel, trace: Trace, *, lags: int | None = None, ends: int | None = None) -> LossFlow:
    """The gradient of the loss at single steps, by the states of every layer at each step before.

    Args:
        network: the network that was traced.
        trace: what it did; all states must have been kept.
        lags: how many steps back; by default 100, or half of a shorter text.
        ends: end points at most; 32 by default.

    Raises:
        SettingsError: a state was not kept, a number that cannot be, or a text of one step, which has no loss.
    """
    windows = choose_windows(trace.time - 1, lags=lags, ends=ends)
    tokens, states = network_windows(trace, windows)
    logs = _norms(network, tokens, states, jnp.asarray(trace.targets[windows.ends]))
    sizes = jax.tree.map(lambda a: 0.5 * np.asarray(a, np.float64).T, logs)
    lag = np.arange(1, windows.lags + 1)
    layers = tuple(
        {name: Curve(lags=lag, log_sizes=size) for name, size in zip(layer.cell.signature.states, own, strict=True)}
        for layer, own in zip(trace.layers, sizes, strict=True)
    )
    return LossFlow(layers=layers, windows=windows)


def network_windows(trace: Trace, windows: Windows) -> tuple[Array, States]:
    """The tokens that the steps of the windows read, and the states of all layers that came into them."""
    return jnp.asarray(trace.ids[windows.steps]), tuple(gathered(layer, windows)[1] for layer in trace.layers)


def read_word(network: LanguageModel, steps: list[Any], tokens: Array, states: States) -> tuple[Array, States]:
    """One step of all layers: what the softmax reads, and the new states."""
    ys, news = network.embedding(tokens), []
    for step, state in zip(steps, states, strict=True):
        ys, new = step(ys, state)
        news.append(tuple(new))
    return ys, tuple(news)


def scores_of(network: LanguageModel, ys: Array, targets: Array) -> Array:
    """The logarithm of each target's probability."""
    every = network.log_probabilities(ys)
    return jnp.take_along_axis(every, targets[..., None], axis=-1)[..., 0]


@eqx.filter_jit
def _norms(network: LanguageModel, tokens: Array, states: States, targets: Array) -> Any:
    steps = [layer.stepper() for layer in network.layers]

    def loss(state: States) -> Array:
        return -scores_of(network, read_word(network, steps, tokens[0], state)[0], targets).sum()

    now, before = (jax.tree.map(lambda a: a[0], states), jax.tree.map(lambda a: a[1:], states))
    slope = jax.tree.map(lambda a: a[None], jax.grad(loss)(now))
    first = jax.tree.map(lambda a: jnp.log(jnp.square(a).sum(axis=(0, *range(2, a.ndim)))), slope)
    later = pull_back(lambda read, s: read_word(network, steps, read, s)[1], tokens[1:], before, slope)
    return jax.tree.map(lambda a, b: jnp.concatenate([a[None], b]), first, later)

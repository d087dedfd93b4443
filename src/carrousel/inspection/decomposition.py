"""The gradient by the letters as a sum over the steps at which they acted, and what a truncated gradient sees of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jaxtyping import Float

from carrousel.inspection.losses import network_windows, read_word, scores_of
from carrousel.inspection.trace import Trace
from carrousel.inspection.windows import Windows, choose_windows
from carrousel.models import LanguageModel


@dataclass(frozen=True, kw_only=True, eq=False)
class Decomposition:
    """The gradient of the summed losses of the end points by all letters of the layers, step by step.

    Lag 0 is the step whose loss it is: what the letters did there. The contributions add up to the gradient over the
    whole window; truncated backpropagation through q steps sees those of the lags below q alone.
    """

    norms: Float[np.ndarray, " lags"]
    """The norm of the contribution of each lag."""
    seen: Float[np.ndarray, " lags"]
    """The norm of the sum of the contributions up to each lag, as a part of the norm of all."""
    cosine: Float[np.ndarray, " lags"]
    """The cosine between that sum and the sum of all."""
    norm: float
    """The norm of the sum of all."""
    gradient: tuple[dict[str, dict[str, Array]], ...]
    """The sum itself: for each layer namespace -> letter -> array."""
    windows: Windows

    def steps_for(self, cosine: float) -> int:
        """The fewest steps of truncated backpropagation whose gradient has at least this cosine with the whole one."""
        good = np.flatnonzero(self.cosine >= cosine)
        return int(good[0]) + 1 if len(good) else self.windows.lags

    def as_json(self) -> dict[str, Any]:
        """The decomposition as plain values."""
        return {
            "norms": self.norms.tolist(),
            "seen": self.seen.tolist(),
            "cosine": self.cosine.tolist(),
            "norm": self.norm,
            "how": f"exact; the gradients of the end points are summed; {self.windows.words}",
        }


def decompose_gradient(
    network: LanguageModel, trace: Trace, *, lags: int | None = None, ends: int | None = None
) -> Decomposition:
    """Split the gradient of the loss by the recurrent letters into what they did at each step before.

    Args:
        network: the network that was traced.
        trace: what it did; all states must have been kept.
        lags: how many steps back; by default 100, or half of a shorter text.
        ends: end points at most; 32 by default.

    Raises:
        SettingsError: a state was not kept, or a number that cannot be.
    """
    windows = choose_windows(trace.time - 1, lags=lags, ends=ends)
    tokens, states = network_windows(trace, windows)
    targets = jnp.asarray(trace.targets[windows.ends])
    squares, partial, inner, whole = _decomposed(network, tokens, states, targets)
    norm = float(np.sqrt(_square(whole)))
    with np.errstate(invalid="ignore", divide="ignore"):
        seen = np.sqrt(np.asarray(partial, np.float64)) / norm
        cosine = np.asarray(inner, np.float64) / (np.sqrt(np.asarray(partial, np.float64)) * norm)
    return Decomposition(
        norms=np.sqrt(np.asarray(squares, np.float64)),
        seen=seen,
        cosine=cosine,
        norm=norm,
        gradient=whole,
        windows=windows,
    )


@eqx.filter_jit
def _decomposed(network: LanguageModel, tokens: Array, states: Any, targets: Array) -> tuple[Array, Array, Array, Any]:
    letters = tuple(layer.letters for layer in network.layers)

    def with_letters(given: Any) -> list[Any]:
        pairs = zip(network.layers, given, strict=True)
        return [eqx.tree_at(lambda n: n.letters, layer, own).stepper() for layer, own in pairs]

    def loss(given: Any, state: Any) -> Array:
        ys, _ = read_word(network, with_letters(given), tokens[0], state)
        return -scores_of(network, ys, targets).sum()

    now, before = (jax.tree.map(lambda a: a[0], states), jax.tree.map(lambda a: a[1:], states))
    first, slope = jax.grad(loss, argnums=(0, 1))(letters, now)

    def pulled(above: Any, read: tuple[Array, Any]) -> tuple[Any, Any]:
        _, pull = jax.vjp(lambda given, s: read_word(network, with_letters(given), read[0], s)[1], letters, read[1])
        part, below = pull(above)
        return below, part

    def add(carry: Any, read: Any) -> tuple[Any, None]:
        above, total = carry
        below, part = pulled(above, read)
        return (below, jax.tree.map(jnp.add, total, part)), None

    (_, whole), _ = lax.scan(add, (slope, first), (tokens[1:], before))

    def measure(carry: Any, read: Any) -> tuple[Any, Any]:
        above, total = carry
        below, part = pulled(above, read)
        total = jax.tree.map(jnp.add, total, part)
        return (below, total), (_square(part), _square(total), _inner(total, whole))

    _, later = lax.scan(measure, (slope, first), (tokens[1:], before))
    begin = (_square(first), _square(first), _inner(first, whole))
    squares, partial, inner = (jnp.concatenate([a[None], b]) for a, b in zip(begin, later, strict=True))
    return squares, partial, inner, whole


def _inner(a: Any, b: Any) -> Array:
    pairs = zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True)
    return sum((jnp.vdot(u, v) for u, v in pairs), start=jnp.zeros(()))


def _square(a: Any) -> Array:
    return _inner(a, a)

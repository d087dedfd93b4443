"""Which words a prediction rests on: gradient times input, and integrated gradients with their completeness checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float, Int

from carrousel.errors import SettingsError
from carrousel.inspection.jacobians import came_into
from carrousel.inspection.losses import scores_of
from carrousel.inspection.trace import Trace
from carrousel.models import LanguageModel

NODES: Final = 32
"""Points of the path from the baseline at which the gradient is taken, by Gauss and Legendre."""
BASELINES: Final = ("zero", "mean")


@dataclass(frozen=True, kw_only=True, eq=False)
class Attribution:
    """How much each word that was read speaks for a next word; logarithms are natural."""

    step: int
    """After which word the next one is predicted."""
    target: int
    """The next word that is asked about."""
    log_probability: float
    """ln p(target | the words)."""
    gradient_times_input: Float[np.ndarray, " words"]
    """For each word the inner product of its vector and the gradient of `log_probability` by it: of first order."""
    sensitivity: Float[np.ndarray, " words"]
    """For each word the norm of that gradient."""
    integrated: Float[np.ndarray, " words"]
    """For each word its share of the way from the baseline (Sundararajan, Taly & Yan 2017)."""
    baseline: str
    """Vectors that stand for no word: `zero`, or the `mean` of all words' vectors."""
    baseline_log_probability: float
    """ln p(target | the baseline in the place of every word)."""
    nodes: int

    @property
    def gap(self) -> float:
        """How far the integrated gradients are from completeness: their sum less the change from the baseline."""
        return float(self.integrated.sum()) - (self.log_probability - self.baseline_log_probability)

    def as_json(self) -> dict[str, Any]:
        """The attribution as plain values."""
        arrays = ("gradient_times_input", "sensitivity", "integrated")
        plain = {k: v for k, v in vars(self).items() if k not in arrays}
        return {**plain, **{k: getattr(self, k).tolist() for k in arrays}, "gap": self.gap}


def attribute(
    network: LanguageModel,
    trace: Trace,
    step: int,
    *,
    target: int | None = None,
    words: int | None = None,
    baseline: str = "zero",
    nodes: int = NODES,
) -> Attribution:
    """Which of the words read so far a prediction rests on.

    Args:
        network: the network that was traced.
        trace: the text as it was read.
        step: after which step the prediction is made.
        target: the next word that is asked about; by default the one that follows in the text, at the last step the
            likeliest.
        words: how many of the last words read are looked at; what came before them stays as the states that came in.
            By default all.
        baseline: what stands for no word.
        nodes: points of the path at which the gradient is taken.

    Raises:
        SettingsError: a step, a target, a baseline or a number that cannot be.
    """
    if not 0 <= step < trace.time:
        raise SettingsError(f"step is a number from 0 to {trace.time - 1}, not {step}")
    if nodes < 1:
        raise SettingsError(f"nodes is a number of points from 1, not {nodes}")
    if baseline not in BASELINES:
        raise SettingsError(f"baseline is one of {', '.join(BASELINES)}, not {baseline!r}")
    if words is not None and not 1 <= words <= step + 1:
        raise SettingsError(f"words is a number from 1 to the {step + 1} that were read, not {words}")
    if target is None:
        target = int(trace.targets[step] if step + 1 < trace.time else trace.top_ids[step, 0])
    if not 0 <= target < network.vocabulary:
        raise SettingsError(f"target is a token from 0 to {network.vocabulary - 1}, not {target}")
    begin = 0 if words is None else step + 1 - words
    state = _state_before(network, trace, begin)
    vectors = network.embedding(jnp.asarray(trace.ids[begin : step + 1]))
    rest = jnp.zeros_like(vectors) + (network.embedding.weight.mean(axis=0) if baseline == "mean" else 0.0)
    places, weights = np.polynomial.legendre.leggauss(nodes)
    along = jnp.asarray(np.concatenate([(places + 1) / 2, [1.0, 0.0]]), vectors.dtype)
    scores, slopes = _slopes(network, vectors, rest, along, state, jnp.asarray(target))
    mean = np.tensordot(weights / 2, np.asarray(slopes[:-2], np.float64), axes=1)
    at_words = np.asarray(slopes[-2], np.float64)
    return Attribution(
        step=step,
        target=target,
        log_probability=float(scores[-2]),
        gradient_times_input=(at_words * np.asarray(vectors)).sum(axis=-1),
        sensitivity=np.linalg.norm(at_words, axis=-1),
        integrated=(mean * np.asarray(vectors - rest, np.float64)).sum(axis=-1),
        baseline=baseline,
        baseline_log_probability=float(scores[-1]),
        nodes=nodes,
    )


def _state_before(network: LanguageModel, trace: Trace, step: int) -> tuple[tuple[Array, ...], ...]:
    """The states that came into a step."""
    if not step:
        return network.start_state(1)
    return tuple(came_into(layer, step) for layer in trace.layers)


@eqx.filter_jit
def _slopes(
    network: LanguageModel,
    vectors: Float[Array, "words size"],
    rest: Float[Array, "words size"],
    along: Float[Array, " nodes"],
    state: tuple[tuple[Array, ...], ...],
    target: Int[Array, ""],
) -> tuple[Array, Array]:
    """The logarithm of the target's probability and its gradient by the vectors, at points between rest and words."""
    points = rest + along[:, None, None] * (vectors - rest)
    many = jax.tree.map(lambda s: jnp.broadcast_to(s, (len(along), *s.shape[1:])), state)

    def scores(points: Array) -> tuple[Array, Array]:
        ys = points.swapaxes(0, 1)
        for layer, came in zip(network.layers, many, strict=True):
            ys, _ = layer(ys, came)
        each = scores_of(network, ys[-1], jnp.broadcast_to(target, along.shape))
        return each.sum(), each

    slopes, each = jax.grad(scores, has_aux=True)(points)
    return each, slopes

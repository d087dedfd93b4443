"""How a network that goes on learning changes its weights, as rules of optax."""

from typing import Any

import jax
import jax.numpy as jnp
import optax
from jax import Array

Weights = Any


def update_rule(
    start: Weights, *, sizes: Weights, rate: Array, decay: Array, epsilon: Array
) -> optax.GradientTransformation:
    """From a gradient to the change of the weights, a step against it and a way back to the start.

    Args:
        start: the weights as they were trained.
        sizes: the usual size of each weight's gradient, by which it is divided; None divides nothing.
        rate: the size of a step.
        decay: the part of the way back to the start.
        epsilon: added to the sizes.
    """
    scaled = optax.identity() if sizes is None else _divided(sizes, epsilon)
    return optax.chain(scaled, optax.scale(-rate), _drawn_back(start, decay, sizes))


def _divided(sizes: Weights, epsilon: Array) -> optax.GradientTransformation:
    """Each weight's gradient divided by its usual size."""

    def update(gradient: Weights, state: Any, weights: Weights = None) -> tuple[Weights, Any]:
        del weights
        return jax.tree.map(lambda g, size: g / (size + epsilon), gradient, sizes), state

    return optax.GradientTransformation(lambda _: optax.EmptyState(), update)


def _drawn_back(start: Weights, decay: Array, sizes: Weights) -> optax.GradientTransformation:
    """A change more, by a part of the way back to the start: for weights of large gradients a larger part, at most all.

    Where the sizes of gradients are not known, the part is the same for all.
    """
    parts = jax.tree.map(lambda _: decay, start)
    if sizes is not None:
        every = jax.tree.leaves(sizes)
        mean = sum(size.sum() for size in every) / sum(size.size for size in every)
        parts = jax.tree.map(lambda size: jnp.minimum(decay * size / mean, 1), sizes)

    def update(changes: Weights, state: Any, weights: Weights = None) -> tuple[Weights, Any]:
        back = jax.tree.map(lambda part, first, now: part * (first - now), parts, start, weights)
        return jax.tree.map(jnp.add, changes, back), state

    return optax.GradientTransformation(lambda _: optax.EmptyState(), update)

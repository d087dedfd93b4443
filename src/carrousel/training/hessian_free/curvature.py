"""The Gauss-Newton picture of a loss at a point: value, gradient, and products with its curvature.

The curvature is J'HJ, J the derivative of the outputs by the parameters and H the second derivative of the loss by the
outputs; Jv is one sweep forward and J'u one backward (Schraudolph 2002). It has no direction of negative curvature.
All sums over targets are divided by their number.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

from carrousel.training.hessian_free.hidden import Hidden
from carrousel.training.hessian_free.losses import OutputLoss

Batch = Mapping[str, Any]
Vector = Float[Array, " size"]
Forward = Callable[[Any, Batch], tuple[Float[Array, "time batch outputs"], tuple[Hidden, ...]]]
"""`forward(network, batch) -> (outputs, hidden)`: hidden is what structural damping holds; () leaves all of it free."""


@dataclass(frozen=True)
class Problem:
    """What is to be made small."""

    forward: Forward
    """What the network says to a batch."""
    loss: OutputLoss
    """What is said against it; the batch may hold `weights` of the steps, (time, batch)."""

    def total(self, linked: Array, batch: Batch) -> Float[Array, ""]:
        """The mean loss of a target, from what the loss's link makes of the outputs."""
        each = self.loss.each(linked, batch)
        return (each * _weights(each, batch)).sum() / count_targets(each, batch)


class Picture(NamedTuple):
    """The loss around a point."""

    loss: Float[Array, ""]
    gradient: Vector
    product: Callable[[Vector, Array], Vector]
    """`product(v, held)`: the curvature, and `held` times that of the hidden units, times v."""


def picture(problem: Problem, network: Callable[[Vector], Any], at: Vector, batch: Batch) -> Picture:
    """Look at a loss around a point.

    Args:
        problem: what is to be made small.
        network: the network that a vector of parameters stands for.
        at: the point.
        batch: what the network is shown.
    """

    def moving(vector: Vector) -> Any:
        outputs, hidden = problem.forward(network(vector), batch)
        return (problem.loss.link(outputs), [h.values for h in hidden]), [h.weights for h in hidden]

    (linked, values), push, weights = jax.linearize(moving, at, has_aux=True)
    pull = jax.linear_transpose(push, at)
    loss, slope = jax.value_and_grad(problem.total)(linked, batch)
    _, bend = jax.linearize(lambda linked: jax.grad(problem.total)(linked, batch), linked)
    (gradient,) = pull((slope, [jnp.zeros_like(v) for v in values]))
    targets = count_targets(linked[..., 0], batch)

    def product(v: Vector, held: Array) -> Vector:
        moved, changes = push(v)
        costs = [held / targets * w * d for w, d in zip(weights, changes, strict=True)]
        return pull((bend(moved), costs))[0]

    return Picture(loss, gradient, product)


def count_targets(each: Float[Array, "time batch"], batch: Batch) -> Float[Array, ""]:
    """The sum of the weights of a batch's steps."""
    return jnp.maximum(_weights(each, batch).sum(), 1e-9)


def _weights(each: Array, batch: Batch) -> Array:
    weights = batch.get("weights")
    return jnp.ones_like(each) if weights is None else weights.astype(each.dtype)

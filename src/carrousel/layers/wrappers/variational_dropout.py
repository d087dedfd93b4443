"""Variational dropout: one mask for all steps of a sequence, on the input and on what products read of the states."""

from dataclasses import dataclass

import jax.numpy as jnp
from jax import Array

from carrousel.engine import Step
from carrousel.layers.dropout import check_rate


@dataclass(frozen=True, kw_only=True)
class VariationalDropout:
    """In training, units of the input and of the vectors that recurrent matrices act on are left out.

    Each sequence has one mask for all its steps (Gal & Ghahramani 2016). The states themselves stay whole: what a gate
    keeps is kept.
    """

    state: float = 0.0
    """The fraction of units left out before every recurrent matrix."""
    input: float = 0.0
    """The fraction of units of x left out."""

    def __post_init__(self) -> None:
        check_rate(self.state)
        check_rate(self.input)

    def rewrite(self, step: Step, *, training: bool) -> None:
        """Mask x, and once each vector that recurrent matrices act on."""
        if training and self.input:
            mask = step.mask(step.shape(step.x), keep=1 - self.input, over="sequence")
            step.replace(step.x, lambda x, mask: _dropped(x, mask, self.input), mask)
        if self.state:
            step.recurrent_matrices("variational dropout of states")
        if training and self.state:
            masked: dict[int, int] = {}
            for product in step.recurrent_products():
                v = product.operand
                if v not in masked:
                    mask = step.mask(step.shape(v), keep=1 - self.state, over="sequence")
                    masked[v] = step.compute(lambda v, mask: _dropped(v, mask, self.state), v, mask)
                step.feed(product, masked[v])


def _dropped(v: Array, mask: Array, rate: float) -> Array:
    return jnp.where(mask, v / (1 - rate), 0)

"""Zoneout: units that keep their old value."""

from dataclasses import dataclass

import jax.numpy as jnp
from jax import Array

from carrousel.engine import Step
from carrousel.layers.dropout import check_rate


@dataclass(frozen=True)
class Zoneout:
    """In training, units of the states keep their old value at random steps (Krueger et al. 2017).

    Outside of training every unit is the mean of its old and its new value with these chances. What a step makes of a
    new state, as an LSTM's output of its cell, sees the new value whole, as in the paper.
    """

    rate: float
    """The chance that a unit of the first state keeps its value."""
    memory: float | None = None
    """The same for all other states; by default as for the first."""

    def __post_init__(self) -> None:
        check_rate(self.rate)
        check_rate(self.memory or 0.0)

    def rewrite(self, step: Step, *, training: bool) -> None:
        """Choose between old and new at the end of the step."""
        for state in step.moving_states():
            first = state == next(iter(step.states))
            rate = self.rate if first or self.memory is None else self.memory
            if not rate:
                continue
            old, new = step.states[state], step.news[state]
            if training:
                mask = step.mask(step.shape(new), keep=rate, over="step")
                step.renew(state, step.compute(_chosen, mask, old, new))
            else:
                step.renew(state, step.compute(lambda old, new, rate=rate: rate * old + (1 - rate) * new, old, new))


def _chosen(mask: Array, old: Array, new: Array) -> Array:
    return jnp.where(mask, old, new)

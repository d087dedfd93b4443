"""Bounds on what a cell carries: on its states forwards, on their gradients backwards."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jax import Array

from carrousel.engine import Step, linear_with_transpose
from carrousel.errors import SettingsError


@dataclass(frozen=True)
class CellClip:
    """Every unit of every state is held to ±limit as soon as it is made, in training and outside of it.

    What the step makes of a new state sees the held value: an LSTM's output is that of the clipped cell (Sak, Senior &
    Beaufays 2014).
    """

    limit: float

    def __post_init__(self) -> None:
        _check_limit("cell clip", self.limit)

    def rewrite(self, step: Step, *, training: bool) -> None:  # noqa: ARG002 - a wrapper's signature
        """Clip each new state."""
        for state in step.moving_states():
            step.replace(step.news[state], lambda new: jnp.clip(new, -self.limit, self.limit))


@dataclass(frozen=True)
class RecurrentGradientClip:
    """Each unit of the gradient that passes from one step to the one before is held to ±limit.

    Values are what they would be without; so is forward mode. The bound acts on the gradient of every state that comes
    into a step, as in Graves 2013 and FlashRNN on that of what a step computes from it.
    """

    limit: float

    def __post_init__(self) -> None:
        _check_limit("recurrent gradient clip", self.limit)

    def rewrite(self, step: Step, *, training: bool) -> None:  # noqa: ARG002 - a wrapper's signature
        """Clip the cotangent of each state that comes in."""
        for state in step.moving_states():
            step.replace(step.states[state], lambda old: _with_clipped_gradient(old, self.limit))


def _with_clipped_gradient(v: Array, limit: float) -> Array:
    @jax.custom_jvp
    def same(v: Array) -> Array:
        return v

    def moved(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
        (v,), (change,) = primals, tangents
        return same(v), linear_with_transpose(lambda _, c: c, lambda _, c: jnp.clip(c, -limit, limit), (), change)

    same.defjvp(moved)
    clipped: Array = same(v)
    return clipped


def _check_limit(name: str, limit: float) -> None:
    if not limit > 0:
        raise SettingsError(f"{name} is the largest size that is let through, so it cannot be {limit}")

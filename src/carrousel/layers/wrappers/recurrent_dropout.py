"""Recurrent dropout without memory loss: what is added to a state is dropped, what it keeps is not."""

from collections.abc import Sequence
from dataclasses import dataclass

import jax.numpy as jnp
from jax import Array

from carrousel.engine import Step
from carrousel.errors import CellError
from carrousel.layers.dropout import Masks, check_rate


@dataclass(frozen=True)
class RecurrentDropout:
    """In training, units of the update of a kept state are left out (Semeniuta, Severyn & Barth 2016).

    A kept state's new value is a sum with a term that is the old value, or a factor times it, `c = f * c + i * g`; all
    other terms together are the update.
    """

    rate: float
    """The fraction of units left out."""
    masks: Masks = "step"
    """Whether each step has a mask of its own, or one mask serves a whole sequence."""

    def __post_init__(self) -> None:
        check_rate(self.rate)

    def rewrite(self, step: Step, *, training: bool) -> None:
        """Mask the update of every kept state."""
        kept = [state for state in step.moving_states() if _kept_terms(step, state)]
        if not kept:
            raise CellError(
                f"recurrent dropout leaves out what is added to a kept state, and {step.cell.name} keeps none by a sum"
            )
        for state in kept if training and self.rate else ():
            self._mask_update(step, state)

    def _mask_update(self, step: Step, state: str) -> None:
        new, keeping = step.news[state], _kept_terms(step, state)
        update = [term for term in step.terms(new) if term not in keeping]
        signs = [sign for sign, _ in (*keeping, *update)]

        def masked(mask: Array, *values: Array) -> Array:
            count = len(keeping)
            added = _sum(signs[count:], values[count:])
            return _sum(signs, values[:count]) + jnp.where(mask, added / (1 - self.rate), 0)

        mask = step.mask(step.shape(new), keep=1 - self.rate, over=self.masks)
        step.redirect(new, step.compute(masked, mask, *(value for _, value in (*keeping, *update))))


def _kept_terms(step: Step, state: str) -> list[tuple[int, int]]:
    """The terms of a new state that keep the old one; none where nothing is added to it."""
    old, terms = step.states[state], step.terms(step.news[state])
    keeping = [(sign, value) for sign, value in terms if old in step.factors(value)]
    return keeping if len(keeping) < len(terms) else []


def _sum(signs: Sequence[int], values: Sequence[Array]) -> Array:
    total = signs[0] * values[0]
    for sign, value in zip(signs[1:], values[1:], strict=False):
        total = total + sign * value
    return total

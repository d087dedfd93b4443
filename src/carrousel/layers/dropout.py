"""Dropout: in training, activations are left out at random and the rest scaled up, so that sums stay what they were."""

from typing import Final, Literal

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Float, Key

from carrousel.errors import SettingsError

Masks = Literal["step", "sequence"]

MASKS: Final[tuple[Masks, ...]] = ("step", "sequence")
"""Whether each step has a mask of its own, or one mask serves a whole sequence (Gal & Ghahramani 2016)."""


def check_rate(rate: float, *, name: str = "dropout") -> float:
    """The rate, a fraction of the activations that are left out, and what a message calls it.

    Raises:
        SettingsError: it is not at least 0 and below 1.
    """
    if not 0 <= rate < 1:
        raise SettingsError(f"{name} is a share, at least 0 and below 1, so it cannot be {rate}")
    return rate


def dropped(
    xs: Float[Array, "time batch features"], rate: float, *, key: Key[Array, ""], masks: Masks = "step"
) -> Float[Array, "time batch features"]:
    """The activations with a fraction `rate` of them zero and the others divided by 1 - rate (Hinton et al. 2012).

    Args:
        xs: the activations.
        rate: the fraction left out, at least 0 and below 1.
        key: a random key.
        masks: `step` draws a mask for every step, `sequence` one for all steps of each sequence.
    """
    if not rate:
        return xs
    shape = (1, *xs.shape[1:]) if masks == "sequence" else xs.shape
    keep = jax.random.bernoulli(key, 1 - rate, shape)
    return jnp.where(keep, xs / (1 - rate), 0)

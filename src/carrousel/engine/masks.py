"""The masks of a cell that is wrapped for training, drawn before its run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from carrousel.errors import CellError

Over = Literal["step", "sequence", "run"]


class Mask(NamedTuple):
    """Truth values that are drawn anew for every run."""

    value: int
    """Its number in the traced step."""
    shape: tuple[int, ...]
    keep: float
    """The probability of true."""
    over: Over
    """One for every step of every sequence, for every sequence, or for the whole run."""


class Drawn(NamedTuple):
    """The masks of one run."""

    over_time: tuple[Array, ...]
    """(time, batch, …) each, in the order of `masks_over_time`."""
    over_run: dict[int, Array]
    """The masks that all steps of all sequences share, by their number."""


def masks_over_time(masks: Sequence[Mask]) -> tuple[int, ...]:
    """The masks that every sequence has of its own, by their numbers."""
    return tuple(mask.value for mask in masks if mask.over != "run")


def draw_masks(masks: Sequence[Mask], key: Array | None, *, time: int, batch: int) -> Drawn:
    """Draw masks.

    Args:
        masks: those of a plan.
        key: a random key; needed where there are masks.
        time: the number of steps.
        batch: the number of sequences.

    Raises:
        CellError: there are masks and no key.
    """
    if not masks:
        return Drawn((), {})
    if key is None:
        raise CellError("a cell that is wrapped for training draws masks, so it needs a random key; give key=")
    drawn = {m.value: _draw(m, jax.random.fold_in(key, n), time, batch) for n, m in enumerate(masks)}
    over_time = masks_over_time(masks)
    return Drawn(tuple(drawn[i] for i in over_time), {i: a for i, a in drawn.items() if i not in over_time})


def _draw(mask: Mask, key: Array, time: int, batch: int) -> Array:
    leading = {"run": (), "sequence": (1, batch), "step": (time, batch)}[mask.over]
    drawn = jax.random.bernoulli(key, mask.keep, (*leading, *mask.shape))
    return jnp.broadcast_to(drawn, (time, batch, *mask.shape)) if mask.over == "sequence" else drawn

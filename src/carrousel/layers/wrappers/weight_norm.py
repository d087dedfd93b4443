"""Weight normalisation: the length of each row of a matrix is a parameter of its own."""

from dataclasses import dataclass
from functools import partial

import jax.numpy as jnp
from jax import Array

from carrousel.engine import Arrays, Step
from carrousel.errors import CellError


@dataclass(frozen=True)
class WeightNorm:
    """Each row of each learned matrix is its direction times a learned length (Salimans & Kingma 2016).

    At the start the lengths are those of the drawn rows, so that the cell starts as it would without.
    """

    def rewrite(self, step: Step, *, training: bool) -> None:  # noqa: ARG002 - a wrapper's signature
        """Put direction times length in the place of every matrix."""
        matrices = {name: value for name, value in step.letters().items() if len(step.shape(value)) > 1}
        if not matrices:
            raise CellError(f"weight norm acts on matrices, and {step.cell.name} has none")
        for (space, letter), value in matrices.items():
            start = partial(_row_lengths, space, letter)
            length = step.letter(f"length.{space}.{letter}", step.shape(value)[:-1], start)
            step.replace(value, lambda v, g: v * (g / jnp.linalg.norm(v, axis=-1))[..., None], length)


def _row_lengths(space: str, letter: str, _key: Array, letters: Arrays) -> Array:
    return jnp.linalg.norm(letters[space][letter], axis=-1)

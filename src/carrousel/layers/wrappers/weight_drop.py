"""DropConnect on the recurrent matrices, called weight drop."""

from dataclasses import dataclass

import jax.numpy as jnp
from jax import Array

from carrousel.engine import Step
from carrousel.layers.dropout import check_rate


@dataclass(frozen=True)
class WeightDrop:
    """In training, entries of the matrices between states are zero and the others divided by 1 - rate.

    One mask serves all steps of all sequences of a run (Wan et al. 2013; Merity, Keskar & Socher 2018).
    """

    rate: float
    """The fraction of entries left out."""

    def __post_init__(self) -> None:
        check_rate(self.rate)

    def rewrite(self, step: Step, *, training: bool) -> None:
        """Mask each recurrent matrix."""
        for matrix in step.recurrent_matrices("weight drop"):
            if training and self.rate:
                mask = step.mask(step.shape(matrix), keep=1 - self.rate, over="run")
                step.replace(matrix, self.dropped, mask)

    def dropped(self, matrix: Array, mask: Array) -> Array:
        """The matrix with its masked entries zero."""
        return jnp.where(mask, matrix / (1 - self.rate), 0)

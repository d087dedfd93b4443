"""Recurrent matrices: spectral radius and singular values, which bound how a gradient shrinks or grows in a step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from carrousel.engine.start import recurrent_letters
from carrousel.layers import Recurrent


@dataclass(frozen=True, kw_only=True, eq=False)
class RecurrentMatrix:
    """A letter that acts on what depends on a state."""

    name: str
    shape: tuple[int, ...]
    singular_values: Float[np.ndarray, " values"]
    """The largest first; of a block-diagonal letter those of all blocks."""
    spectral_radius: float | None
    """The largest absolute eigenvalue; None where the matrix is not square."""

    def as_json(self) -> dict[str, Any]:
        """The matrix as plain values."""
        return {
            "name": self.name,
            "shape": list(self.shape),
            "spectral radius": self.spectral_radius,
            "singular values": self.singular_values.tolist(),
        }


def recurrent_matrices(layer: Recurrent) -> tuple[RecurrentMatrix, ...]:
    """The letters that act on what depends on a state, in the order of the equations.

    A letter that the cell changes before it is used, by a mask or by an exponential, is measured as it is learned.
    """
    arrays, plan = layer.arrays, layer.plan
    acting = recurrent_letters(plan)
    names = [name for name in plan.letters if name in acting]
    return tuple(_measured(".".join(name), np.asarray(arrays[name[0]][name[1]])) for name in names)


def _measured(name: str, array: np.ndarray) -> RecurrentMatrix:
    square = array.ndim >= 2 and array.shape[-1] == array.shape[-2]
    singular = np.sort(np.linalg.svd(array, compute_uv=False).reshape(-1))[::-1]
    radius = float(np.abs(np.linalg.eigvals(array)).max()) if square else None
    return RecurrentMatrix(name=name, shape=array.shape, singular_values=singular, spectral_radius=radius)

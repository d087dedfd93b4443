"""Recurrent matrices of bounded gain: orthogonal by construction, or of a bounded spectral norm."""

from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
from jax import Array

from carrousel.engine import Step
from carrousel.errors import CellError, SettingsError

SQUARINGS = 10
"""Squarings of the Gram matrix: they leave the bound at most n^(1/2048) above the norm, 0.4% for 2,000 units."""


@dataclass(frozen=True)
class Orthogonal:
    """Each recurrent matrix is exp(A - Aᵀ) of the letter A, and so orthogonal whatever A is (expRNN).

    The letters start with pairs of units turned by angles uniform in ±π (Henaff, Szlam & LeCun 2016; Lezcano-Casado &
    Martínez-Rubio 2019).
    """

    def rewrite(self, step: Step, *, training: bool) -> None:  # noqa: ARG002 - a wrapper's signature
        """Put the exponential in the place of every recurrent matrix."""
        letters = {value: name for name, value in step.letters().items()}
        for matrix in step.recurrent_matrices("an orthogonal parametrisation"):
            shape = step.shape(matrix)
            if matrix not in letters or shape[-1] != shape[-2]:
                raise CellError(
                    f"an orthogonal parametrisation acts on square letters, and {step.cell.name} has a recurrent "
                    f"matrix of shape {shape} that is {'none' if shape[-1] == shape[-2] else 'not square'}"
                )
            step.restart(letters[matrix], partial(turned_pairs, shape))
            step.replace(matrix, lambda a: jax.scipy.linalg.expm(a - a.swapaxes(-1, -2)))


@dataclass(frozen=True)
class SpectralBound:
    """Each recurrent matrix is scaled down to a spectral norm of at most `bound` where it is larger.

    The norm is bounded from above by powers of the Gram matrix (Delattre et al. 2023), so the bound is never passed; a
    matrix all of whose singular values are equal may be scaled down by some thousandths too much.
    """

    bound: float = 1.0

    def __post_init__(self) -> None:
        if not self.bound > 0:
            raise SettingsError(f"a spectral bound is a norm above 0, so it cannot be {self.bound}")

    def rewrite(self, step: Step, *, training: bool) -> None:  # noqa: ARG002 - a wrapper's signature
        """Scale every recurrent matrix."""
        for matrix in step.recurrent_matrices("a spectral bound"):
            step.replace(matrix, lambda m: m * jnp.minimum(1, self.bound / norm_bound(m))[..., None, None])


def norm_bound(m: Array) -> Array:
    """A number at or just above the largest singular value of each matrix (…, rows, columns); 1e-30 for zeros.

    With G = mᵀm and p = 2^k, the k-th squaring, ‖m‖ ≤ ‖G^p‖^(1/2p) in the Frobenius norm. Each square is divided by
    its norm, whose logarithm is kept.
    """
    gram = m.swapaxes(-1, -2) @ m
    log, power = jnp.zeros(m.shape[:-2], m.dtype), 2.0
    for k in range(SQUARINGS + 1):
        gram = gram @ gram if k else gram
        size = jnp.sqrt((gram * gram).sum((-2, -1)) + 1e-60 ** (1 if m.dtype == jnp.float64 else 0.5))
        gram, log = gram / size[..., None, None], log + jnp.log(size) / power
        power *= 2
    return jnp.exp(log)


def turned_pairs(shape: tuple[int, ...], key: Array, _letters: object = None) -> Array:
    """A matrix, or several, whose exponential, made antisymmetric, turns each pair of units by an angle."""
    size = shape[-1]
    angles = jax.random.uniform(key, (*shape[:-2], size // 2), minval=-jnp.pi, maxval=jnp.pi)
    first = 2 * jnp.arange(size // 2)
    return jnp.zeros(shape, angles.dtype).at[..., first, first + 1].set(angles)

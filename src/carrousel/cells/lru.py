"""Linear recurrent unit: a complex diagonal recurrence whose modulus and phase are trained."""

import jax.numpy as jnp
from jax import Array, random

from carrousel.engine import Cell, Matrices, Vector, Vectors, abs, exp, imag, real, sqrt


def lru(
    x: Vector, re: Vector, im: Vector, *, B: Matrices, C: Matrices, D: Matrices, nu: Vectors, theta: Vectors
) -> tuple[Vector, Vector, Vector]:
    a = exp(-exp(nu.log) + 1j * exp(theta.log))
    h = a * (re + 1j * im) + sqrt(1 - abs(a) ** 2) * (B.re @ x + 1j * (B.im @ x))
    re = real(h)
    im = imag(h)
    y = C.re @ re - C.im @ im + D.y @ x
    return y, re, im


def ring(key: Array, shape: tuple[int, ...]) -> Array:
    """Logarithms of -log r for r² uniform between 0.9² and 0.999²."""
    return jnp.log(-0.5 * jnp.log(random.uniform(key, shape, minval=0.9**2, maxval=0.999**2)))


def phase(key: Array, shape: tuple[int, ...]) -> Array:
    """Logarithms of phases uniform between 0 and 2π."""
    return jnp.log(random.uniform(key, shape, minval=1e-3, maxval=2 * jnp.pi))


LRU = Cell(
    lru,
    source="Orvieto, Smith, Gu, Fernando, Gulcehre, Pascanu & De 2023",
    start={"nu": ring, "theta": phase},
    family="linear",
    aka={"NicolasZucchet/minimal-LRU": "LRU"},
    note="the input's factor follows the modulus, where the paper trains it from there; D is a whole matrix",
)

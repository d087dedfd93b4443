"""Real-gated linear recurrent unit: a diagonal recurrence with gates of the input (Griffin)."""

import jax.numpy as jnp
from jax import Array, random

from carrousel.engine import Cell, Matrices, Vector, Vectors, exp, log_sigmoid, sigmoid, sqrt


def rg_lru(x: Vector, h: Vector, *, W: Matrices, L: Vectors, b: Vectors, c: float = 8.0) -> Vector:
    r = sigmoid(W.a @ x + b.a)
    i = sigmoid(W.x @ x + b.x)
    a = exp(c * r * log_sigmoid(L.a))
    h = a * h + sqrt(1 - a * a) * (i * x)
    return h


def radius(key: Array, shape: tuple[int, ...]) -> Array:
    """Numbers whose logistic to the eighth power is uniform between 0.9 and 0.999."""
    a = random.uniform(key, shape, minval=0.9, maxval=0.999) ** (1 / 8)
    return jnp.log(a / (1 - a))


RG_LRU = Cell(
    rg_lru,
    source="De, Smith, Fernando, Botev et al. 2024",
    sizes={"x": "hidden"},
    start={"L": radius},
    keeps="a",
    family="linear",
    aka={"recurrentgemma": "RGLRU"},
    note="whole gate matrices, where the authors' code has blocks; the first step is like any other",
)

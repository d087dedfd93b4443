"""Starting values that the rows of several cells share: draws for vectors that multiply, and clock periods."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike

Draw = Callable[[Array, tuple[int, ...]], Array]


def uniform(low: float, high: float) -> Draw:
    """Numbers drawn evenly between two bounds."""
    return lambda key, shape: jax.random.uniform(key, shape, minval=low, maxval=high)


def normal(deviation: float) -> Draw:
    """Normal numbers around zero."""
    return lambda key, shape: jax.random.normal(key, shape) * deviation


def fan_in(key: Array, shape: tuple[int, ...]) -> Array:
    """Uniform numbers of variance 1 / columns (LeCun et al. 1998), for a vector or matrix that reads a whole layer."""
    return jax.random.uniform(key, shape, minval=-1.0, maxval=1.0) * jnp.sqrt(3.0 / shape[-1])


def identity(key: Array, shape: tuple[int, ...]) -> Array:
    """The identity matrix, laid flat if the letter is a vector."""
    side = shape[0] if len(shape) == 2 else round(shape[0] ** 0.5)
    return jnp.eye(side).reshape(shape)


def periods(shape: tuple[int, ...]) -> ArrayLike:
    """Clock periods 1, 2, 4, … 128 for eight groups of units, or one period a unit where there are fewer units."""
    units = shape[0]
    return 2.0 ** (np.arange(units) * min(8, units) // units)

"""What numbers products are made of."""

from __future__ import annotations

from enum import StrEnum
from typing import Never

import jax.numpy as jnp
from jax import Array

from carrousel.errors import SettingsError


class Precision(StrEnum):
    """`float32`: everything as it comes (float64 stays float64). `mixed`: products take bfloat16 operands.

    In mixed precision products and weight gradients accumulate in float32; states, norms, softmax and exponential gates
    stay float32; master weights are float32.
    """

    FLOAT32 = "float32"
    MIXED = "mixed"

    @classmethod
    def _missing_(cls, value: object) -> Never:
        raise SettingsError(f"precision is one of {', '.join(cls)}, not {value!r}")

    def operand(self, a: Array) -> Array:
        """An array as it enters a product."""
        return a.astype(jnp.bfloat16) if self is Precision.MIXED and a.dtype == jnp.float32 else a

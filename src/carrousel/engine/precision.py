"""What numbers products are made of."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from pathlib import Path
from typing import Final, Never

import jax
import jax.numpy as jnp
from jax import Array, lax

from carrousel.errors import SettingsError

PROCESSOR: Final = Path("/proc/cpuinfo")
"""Where Linux tells what the processor can do."""
BFLOAT16: Final = {"avx512_bf16", "amx_bf16", "bf16"}
"""What Linux calls the instructions that multiply bfloat16: Intel's and AMD's, and Arm's."""


@functools.cache
def multiplies_bfloat16() -> bool:
    """Whether bfloat16 is worth multiplying here: on a CPU without instructions for it XLA is faster at float32.

    There the operands are rounded all the same and kept as float32, so that the values are those of bfloat16.
    """
    if jax.default_backend() != "cpu":
        return True
    try:
        lines = PROCESSOR.read_text().splitlines()
    except OSError:
        return True
    return any(BFLOAT16 & set(line.split()) for line in lines if line.startswith(("flags", "Features")))


_ALWAYS: Final = ContextVar("bfloat16 is worth multiplying", default=False)


@contextmanager
def bfloat16_multiplied() -> Iterator[None]:
    """While this lasts, operands are bfloat16 whatever the processor does: what is traced is for a GPU."""
    before = _ALWAYS.set(True)
    try:
        yield
    finally:
        _ALWAYS.reset(before)


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
        if self is not Precision.MIXED or a.dtype != jnp.float32:
            return a
        native = _ALWAYS.get() or multiplies_bfloat16()
        return a.astype(jnp.bfloat16) if native else lax.reduce_precision(a, 8, 7)

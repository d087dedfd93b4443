"""The cases, the peers, and the machine they are measured on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from carrousel.bench.cells import run_cells
from carrousel.bench.memory import run_memory
from carrousel.bench.result import Result, Row

CASES: Mapping[str, tuple[Callable[..., Result], str]] = MappingProxyType(
    {
        "cells": (
            run_cells,
            "forward and backward of the LSTM, the GRU and the LSTM's variants, beside PyTorch's layers",
        ),
        "memory": (run_memory, "a long sequence in segments: memory beyond the outputs, and the price in time"),
    }
)
"""Name -> how it runs and what it measures."""

__all__ = ["CASES", "Result", "Row"]

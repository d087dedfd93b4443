"""How loops that could run over all steps at once do run: by a table of what was measured, or as a caller says."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import jax

PARALLEL_FROM: Final[Mapping[str, int | None]] = {"cpu": None}
"""For each platform, from how many steps on an associative scan of a linear loop is faster than one step after the
other; None where it was at no length from 100 to 100,000 (benchmarks/results/linear.json). A platform that is not here
was not measured and runs step after step."""


class Scan(StrEnum):
    """How steps are taken: one after the other, or many at once where a loop allows it.

    `kernel` takes them one after the other inside one GPU kernel, which runs without a GPU too, slowly, for tests;
    `cluster` does so with the units shared out among the blocks of a cluster, on Hopper in mixed precision;
    `parallel` runs linear loops by an associative scan and matrix memories in chunks; `auto` runs matrix memories in
    chunks, linear loops by the table, and others on a GPU in a kernel where they fit one.
    """

    AUTO = "auto"
    STEPS = "steps"
    PARALLEL = "parallel"
    KERNEL = "kernel"
    CLUSTER = "cluster"

    def is_parallel(self, time: int) -> bool:
        """Whether linear loops of so many steps run by an associative scan."""
        if self is Scan.AUTO:
            least = PARALLEL_FROM.get(jax.default_backend())
            return least is not None and time >= least
        return self is Scan.PARALLEL

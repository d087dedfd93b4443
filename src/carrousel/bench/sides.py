"""One cell in another library: what it is called there, how it runs, how it takes our letters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy as np

from carrousel.bench.timing import Run

Letters = Mapping[str, Any]
"""Our letters by their whole names: `"W.i"`."""


class Calls(NamedTuple):
    """A peer at one size."""

    forward: Run
    """Outputs of all steps."""
    backward: Run | None
    """The gradient of the outputs' sum by the parameters, forward included; None where it cannot train."""
    outputs: Callable[[Letters], np.ndarray] | None
    """Its outputs (time, batch, …) with our letters; None where it computes something else."""


class Make(Protocol):
    """Makes a peer at one size."""

    def __call__(self, xs: np.ndarray, hidden: int, *, threads: int) -> Calls:
        """A peer that reads xs (time, batch, inputs)."""


@dataclass(frozen=True, kw_only=True)
class Side:
    """A cell of the catalogue beside another library's."""

    cell: str
    peer: str
    make: Make
    bar: Callable[[int, int], float]
    """What our time may be at most, as a share of the peer's, at (batch, hidden)."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Options of our cell."""
    letters: Callable[[Letters], Letters] = dict
    """Our letters as the peer can have them."""
    differs: str = ""
    """What the peer computes otherwise, where it does."""

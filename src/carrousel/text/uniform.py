"""Random numbers one by one at the price of many."""

from collections.abc import Iterator

import numpy as np


def uniform(generator: np.random.Generator) -> Iterator[float]:
    """Numbers from 0 up to, not including, 1, without end, drawn in blocks."""
    while True:
        yield from generator.random(4096).tolist()

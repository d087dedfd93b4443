"""Two long sequences that differ at their ends alone: task 2a of Hochreiter & Schmidhuber 1997.

Of p + 1 symbols there are two sequences, (y, a_1, …, a_(p-1), y) and (x, a_1, …, a_(p-1), x), each with probability
1/2. Each symbol is to be predicted from those before it: the last one from the first, over p steps.
"""

import numpy as np
from jaxtyping import Int32

from carrousel.errors import SettingsError


def two_sequences(generator: np.random.Generator, *, count: int, p: int) -> Int32[np.ndarray, "time batch"]:
    """`count` sequences of p + 1 symbols, time first: a_i is i - 1, x is p - 1, y is p; SettingsError for p below 2."""
    if p < 2:
        raise SettingsError(f"p counts the steps from the first symbol to the last, at least 2, so it cannot be {p}")
    ends = p - 1 + generator.integers(2, size=count, dtype=np.int32)
    middle = np.broadcast_to(np.arange(p - 1, dtype=np.int32)[:, None], (p - 1, count))
    return np.concatenate([ends[None], middle, ends[None]])

"""Tokens as parallel streams for truncated back-propagation with carried state."""

import numpy as np
from jaxtyping import Int32, Integer

from carrousel.errors import TextError
from carrousel.text.tokens import Tokens


def streams(tokens: Tokens, batch: int, *, unroll: int = 1) -> Integer[np.ndarray, "batch length"]:
    """The tokens as `batch` contiguous streams of equal length, each going on where the one before it ends.

    A view; the ragged end, `len(tokens) % batch` tokens, is dropped. Raises TextError where a stream would be shorter
    than one window of `unroll` steps.
    """
    needed = batch * (unroll + 1)
    if len(tokens) < needed:
        raise TextError(
            f"the text has {len(tokens)} tokens, and {batch} streams of {unroll} steps need {needed}; "
            "give more text, a smaller batch or a shorter unroll"
        )
    length = len(tokens) // batch
    return tokens.array[: batch * length].reshape(batch, length)


def window_count(view: Integer[np.ndarray, "batch length"], unroll: int, *, ragged: bool = False) -> int:
    """How many windows of `unroll` steps the streams have; with `ragged` a shorter last one counts too."""
    steps = int(view.shape[1]) - 1
    return -(-steps // unroll) if ragged else steps // unroll


def window(
    view: Integer[np.ndarray, "batch length"],
    index: int,
    unroll: int,
    *,
    count: int = 1,
) -> tuple[Int32[np.ndarray, "time batch"], Int32[np.ndarray, "time batch"]]:
    """Inputs and targets of window `index`, or of `count` windows from there on, time first, as copies.

    Window k is the columns kT to kT + T of the streams, T = unroll: each column but the last is an input, the next one
    its target. What reaches beyond the end is left out.
    """
    columns = view[:, index * unroll : (index + count) * unroll + 1].astype(np.int32).T
    return columns[:-1], columns[1:]

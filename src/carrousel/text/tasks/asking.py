"""Where an answer is due: at the end of a sequence, or at every step."""

import numpy as np
from jaxtyping import Float32, Int32

from carrousel.text.tasks.sequences import Sequences


def steps_before(ends: Int32[np.ndarray, " count"], *, time: int) -> np.ndarray:
    """True at the steps before each sequence's end, (time, count)."""
    return np.arange(time)[:, None] < ends


def at_the_end(
    inputs: np.ndarray,
    answers: Int32[np.ndarray, " count"] | Float32[np.ndarray, "count outputs"],
    lengths: Int32[np.ndarray, " count"],
) -> Sequences:
    """Sequences with one answer each, wanted at the last step; what stands past a length is put to zero."""
    time, count = inputs.shape[:2]
    last, columns = lengths - 1, np.arange(count)
    targets = np.zeros((time, *answers.shape), answers.dtype)
    targets[last, columns] = answers
    weights = np.zeros((time, count), np.float32)
    weights[last, columns] = 1
    inside = steps_before(lengths, time=time)
    inputs = np.where(inside if inputs.ndim == 2 else inside[..., None], inputs, inputs.dtype.type(0))
    return Sequences(inputs=inputs, targets=targets, weights=weights, lengths=lengths)


def next_symbols(
    tokens: Int32[np.ndarray, "longer count"], lengths: Int32[np.ndarray, " count"], *, loss_on: str = "all"
) -> Sequences:
    """Each symbol is to be predicted from those before it: the last symbol is a target only.

    Args:
        tokens: the whole sequences.
        lengths: how long they are, the last symbol counted.
        loss_on: `all` steps, or the `last` one.
    """
    time = len(tokens) - 1
    inside = steps_before(lengths - 1, time=time)
    weights = inside if loss_on == "all" else inside & ~steps_before(lengths - 2, time=time)
    zero = np.int32(0)
    return Sequences(
        inputs=np.where(inside, tokens[:-1], zero),
        targets=np.where(inside, tokens[1:], zero),
        weights=weights.astype(np.float32),
        lengths=(lengths - 1).astype(np.int32),
    )

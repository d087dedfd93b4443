"""The loss of a language model over a whole text, its state carried from the first token to the last."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Integer

from carrousel.models import LanguageModel

WINDOW = 512
"""Tokens scored in one call; the last window is padded, so that nothing is compiled twice."""


def mean_loss(network: LanguageModel, tokens: Integer[np.ndarray, " length"], *, window: int = WINDOW) -> float:
    """Mean loss in nats of every token but the first, as one stream.

    Args:
        network: the model.
        tokens: the text.
        window: tokens a call.
    """
    state: object = network.start_state(1)
    total, scored = 0.0, len(tokens) - 1
    for start in range(0, scored, window):
        count = min(window, scored - start)
        piece = np.zeros(window + 1, np.int32)
        piece[: count + 1] = tokens[start : start + count + 1]
        loss, state = _score(network, piece[:-1, None], piece[1:, None], jnp.int32(count), state)
        total += float(loss)
    return total / scored


@eqx.filter_jit
def _score(network: LanguageModel, inputs: Array, targets: Array, count: Array, state: object) -> tuple[Array, object]:
    losses, state = network.losses(inputs, targets, state)
    return jnp.where(jnp.arange(losses.shape[0])[:, None] < count, losses, 0.0).sum(), state

"""Running a network while some units are forced to values that they would not have had."""

from __future__ import annotations

from typing import Any, Final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array, lax

from carrousel.inspection.losses import read_word
from carrousel.models import LanguageModel

ALWAYS: Final = -1
"""Forced after every step."""


@eqx.filter_jit
def run_forced(network: LanguageModel, tokens: Array, lengths: Array, when: Array, where: Any, what: Any) -> Array:
    """Logarithms of the next word's probabilities after the last word of each sequence.

    Args:
        network: the network.
        tokens: (time, batch).
        lengths: (batch,) of each sequence.
        when: (batch,) the step after which its units are forced, or ALWAYS.
        where: for each layer and state which units are forced, truth values (batch, …).
        what: for each layer and state the values, (time, batch, …) or what broadcasts to it.

    Returns:
        (batch, vocabulary).
    """
    steps = [layer.stepper() for layer in network.layers]

    def body(carry: tuple[Any, Array], now: tuple[Array, Array, Any]) -> tuple[tuple[Any, Array], None]:
        (states, last), (t, read, values) = carry, now
        ys, new = read_word(network, steps, read, states)
        forced = (when == ALWAYS) | (when == t)

        def put(state: Array, chosen: Array, value: Array) -> Array:
            here = chosen & forced.reshape(-1, *[1] * (chosen.ndim - 1))
            return jnp.where(here, jnp.broadcast_to(value, state.shape), state)

        new = jax.tree.map(put, new, where, values)
        return (new, jnp.where((t == lengths - 1)[:, None], ys, last)), None

    time, batch = tokens.shape
    start = network.start_state(batch)
    nothing = jnp.zeros((batch, network.stack.outputs), network.embedding.weight.dtype)
    (_, last), _ = lax.scan(body, (start, nothing), (jnp.arange(time), tokens, what))
    return network.log_probabilities(last)

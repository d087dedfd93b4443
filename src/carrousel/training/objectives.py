"""What the gradient is taken of."""

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from carrousel.training.settings import TrainingSettings
from carrousel.training.updates import Objective


def language_model_objective(settings: TrainingSettings) -> Objective:
    """Cross-entropy of the next token, in nats, with the state carried from window to window.

    Zaremba et al. 2014 sum over time and average over the batch, which is `average="batch"`; a learning rate and a clip
    for the mean over all tokens (`average="tokens"`) are `unroll` times as large and `unroll` times as small.
    """

    def objective(
        network: Any, batch: dict[str, Array], state: Any, key: Key[Array, ""]
    ) -> tuple[Float[Array, ""], tuple[Any, dict[str, Float[Array, ""]]]]:
        inputs, targets = batch["inputs"], batch["targets"]
        time, streams = targets.shape
        lengths = weights = None
        if "length" in batch:
            lengths = jnp.broadcast_to(batch["length"], streams)
            weights = (jnp.arange(time)[:, None] < lengths).astype(jnp.float32)
        read = network.read(inputs, state, lengths=lengths, key=key, precision=settings.precision)
        nll = network.loss_after(read, targets, weights=weights, key=key, precision=settings.precision)
        steps = jnp.asarray(time, nll.dtype) if lengths is None else batch["length"].astype(nll.dtype)
        tokens = steps * streams
        loss = nll + tokens * _penalty(settings, read, steps)
        divisor = tokens if settings.average == "tokens" else streams
        return loss / divisor, (read.state, {"nll": nll, "tokens": tokens})

    return objective


def _penalty(settings: TrainingSettings, read: Any, steps: Float[Array, ""]) -> Float[Array, ""] | float:
    """The penalties on activations and on their change, a token; outputs past a window's `steps` are zero."""
    penalty: Float[Array, ""] | float = 0.0
    if settings.activation_penalty:
        penalty = settings.activation_penalty * jnp.square(read.ys).sum() / (steps * read.ys[0].size)
    if settings.change_penalty:
        change = jnp.square(read.raw[1:] - read.raw[:-1]).sum(axis=(1, 2))
        within = jnp.where(jnp.arange(1, len(read.raw)) < steps, change, 0).sum()
        penalty += settings.change_penalty * within / (jnp.maximum(steps - 1, 1) * read.raw[0].size)
    return penalty

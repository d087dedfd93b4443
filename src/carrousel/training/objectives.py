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
        nll, state = network.loss(inputs, targets, state, key=key, precision=settings.precision)
        divisor = targets.size if settings.average == "tokens" else targets.shape[1]
        return nll / divisor, (state, {"nll": nll, "tokens": jnp.asarray(targets.size, nll.dtype)})

    return objective

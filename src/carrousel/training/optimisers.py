"""How a clipped gradient becomes the direction that, times the learning rate, is subtracted from the parameters."""

from collections.abc import Callable, Mapping
from typing import Final

import optax

from carrousel.training.settings import TrainingSettings


def _sgd(settings: TrainingSettings) -> optax.GradientTransformation:  # noqa: ARG001 - it has no constants
    """The gradient itself."""
    return optax.identity()


def _adam(settings: TrainingSettings) -> optax.GradientTransformation:
    """Kingma & Ba 2015."""
    return optax.scale_by_adam(b1=settings.beta1, b2=settings.beta2, eps=settings.epsilon)


def _adamw(settings: TrainingSettings) -> optax.GradientTransformation:
    """Loshchilov & Hutter 2019: the weights decay beside Adam's step, not inside its moments."""
    return optax.chain(_adam(settings), optax.add_decayed_weights(settings.weight_decay))


OPTIMISERS: Final[Mapping[str, Callable[[TrainingSettings], optax.GradientTransformation]]] = {
    "sgd": _sgd,
    "adam": _adam,
    "adamw": _adamw,
}

SPARSE: Final = frozenset({"sgd"})
"""Optimisers whose step is zero wherever the gradient is: rows of an embedding that were not read stay as they are."""

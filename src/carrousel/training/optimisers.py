"""How a clipped gradient becomes the direction that, times the learning rate, is subtracted from the parameters."""

from collections.abc import Callable, Mapping
from typing import Final

import optax

from carrousel.training.settings import TrainingSettings


def _sgd(settings: TrainingSettings) -> optax.GradientTransformation:
    """The gradient, with a share of the weights, and with a share of the last step (Polyak 1964)."""
    return optax.chain(_decayed(settings), optax.trace(settings.momentum)) if settings.momentum else _decayed(settings)


def _adam(settings: TrainingSettings) -> optax.GradientTransformation:
    """Kingma & Ba 2015; a share of the weights goes through the moments, as part of the gradient."""
    return optax.chain(_decayed(settings), _moments(settings)) if settings.weight_decay else _moments(settings)


def _decayed(settings: TrainingSettings) -> optax.GradientTransformation:
    return optax.add_decayed_weights(settings.weight_decay) if settings.weight_decay else optax.identity()


def _adamw(settings: TrainingSettings) -> optax.GradientTransformation:
    """Loshchilov & Hutter 2019: the weights decay beside Adam's step, not inside its moments."""
    decay = ADAMW_DECAY if settings.weight_decay is None else settings.weight_decay
    return optax.chain(_moments(settings), optax.add_decayed_weights(decay))


def _moments(settings: TrainingSettings) -> optax.GradientTransformation:
    return optax.scale_by_adam(b1=settings.beta1, b2=settings.beta2, eps=settings.epsilon)


ADAMW_DECAY: Final = 0.01
"""What `weight_decay` is for AdamW if nothing else is said."""

OPTIMISERS: Final[Mapping[str, Callable[[TrainingSettings], optax.GradientTransformation]]] = {
    "sgd": _sgd,
    "adam": _adam,
    "adamw": _adamw,
}


def moves_read_rows_only(settings: TrainingSettings) -> bool:
    """Whether rows of an embedding that were not read stay as they are: the step is zero wherever the gradient is."""
    plain = not settings.weight_decay and not settings.momentum
    return settings.optimiser == "sgd" and plain and settings.averaging == "never"

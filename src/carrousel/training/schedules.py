"""The learning rate of every update, computed outside of the compiled loop: a rate is data, not a part of a program."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from jaxtyping import Float

from carrousel.training.settings import TrainingSettings

Schedule = Callable[[TrainingSettings, np.ndarray, int, int], np.ndarray]
"""`schedule(settings, updates, per_epoch, total)`: the factors of the learning rate at these updates of the run."""


def _steps(settings: TrainingSettings, updates: np.ndarray, per_epoch: int, total: int) -> np.ndarray:  # noqa: ARG001
    """Divided by `decay` once an epoch after the first `steady` ones (Zaremba et al. 2014)."""
    epochs = updates // per_epoch + 1
    return float(settings.decay) ** -np.maximum(epochs - settings.steady, 0)


def _cosine(settings: TrainingSettings, updates: np.ndarray, per_epoch: int, total: int) -> np.ndarray:  # noqa: ARG001
    """Falls to zero along half a cosine (Loshchilov & Hutter 2017)."""
    return 0.5 * (1 + np.cos(np.pi * updates / total))


def _linear(settings: TrainingSettings, updates: np.ndarray, per_epoch: int, total: int) -> np.ndarray:  # noqa: ARG001
    """Falls to zero along a line."""
    return 1 - updates / total


def _constant(settings: TrainingSettings, updates: np.ndarray, per_epoch: int, total: int) -> np.ndarray:  # noqa: ARG001
    """Does not fall."""
    return np.ones(len(updates))


SCHEDULES: Final[Mapping[str, Schedule]] = {
    "steps": _steps,
    "cosine": _cosine,
    "linear": _linear,
    "constant": _constant,
}


def learning_rates(
    settings: TrainingSettings, *, first: int, count: int, per_epoch: int
) -> Float[np.ndarray, " count"]:
    """The learning rates of `count` updates from update `first` of the run on (the run's first is 0)."""
    updates = np.arange(first, first + count, dtype=np.int64)
    factors = SCHEDULES[settings.schedule](settings, updates, per_epoch, per_epoch * settings.epochs)
    if settings.warmup:
        factors = factors * np.minimum((updates + 1) / settings.warmup, 1.0)
    return np.asarray(settings.learning_rate * factors, np.float32)

"""What a network's outputs are held against, and where the loss is convex in them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import jax
from jax import Array

from carrousel.training.task_objectives import LOSSES, LossName


@dataclass(frozen=True)
class OutputLoss:
    """A loss that is convex in what `link` makes of the outputs; the Gauss-Newton matrix is split there."""

    each: Callable[[Array, Mapping[str, Any]], Array]
    """The loss of each step, (time, batch), from linked outputs (time, batch, outputs) and the batch."""
    link: Callable[[Array], Array] = lambda outputs: outputs
    """From what the network gives to what the loss compares, element by element."""


CONVEX: Final[Mapping[LossName, OutputLoss]] = MappingProxyType(
    {
        "softmax": OutputLoss(LOSSES["softmax"]),
        "logistic": OutputLoss(LOSSES["logistic"]),
        "squared": OutputLoss(LOSSES["squared"]),
        "squared_logistic": OutputLoss(LOSSES["squared"], jax.nn.sigmoid),
    }
)
"""The losses of tasks; the squared error of a logistic output is convex in the output itself alone."""

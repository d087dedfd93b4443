"""The memory that training a language model takes at most, by a formula; docs/scaling.md has it in words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import jax.numpy as jnp

from carrousel.engine.gradient_memory import gradient_numbers, held, kept_steps
from carrousel.errors import SettingsError
from carrousel.layers import MEMORY, Recurrent, SoftmaxHead
from carrousel.models import LanguageModel
from carrousel.models.sizing import trained_numbers
from carrousel.training.optimisers import moves_read_rows_only
from carrousel.training.settings import TrainingSettings

MOMENTS: Final = {"sgd": 0, "adam": 2, "adamw": 2}
"""Numbers that an optimiser keeps for each number that is trained."""
LOGITS: Final = 2
"""Arrays of (rows, vocabulary) that exist at once in the loss: logits, and their exponentials."""


@dataclass(frozen=True, kw_only=True)
class Predicted:
    """Bytes of the arrays of one update when most of them exist."""

    parameters: int
    """What is trained."""
    optimiser: int
    """The optimiser's moments, and the mean of the weights where one is kept."""
    renewed: int
    """The moments as they will be: the old ones stay until loss and gradient are known to be finite."""
    gradient: int
    """By what is trained; it takes the place of activations that are done with."""
    loss: int
    """What exists while the softmax and its gradient are computed: what all layers keep, and logits."""
    layers: tuple[int, ...]
    """What exists while each layer's backward pass runs."""

    @property
    def activations(self) -> int:
        """The largest of what exists at different times."""
        return max(self.loss, *self.layers)

    @property
    def total(self) -> int:
        """All of it, the program itself and the text apart."""
        return self.parameters + self.optimiser + self.renewed + max(self.activations, self.gradient)


def predict_memory(
    network: LanguageModel, settings: TrainingSettings, *, memory: int = MEMORY, segment: int | None = None
) -> Predicted:
    """The memory of an update in float32 or float64 without dropout.

    Args:
        network: recurrent, with one softmax; its arrays are not read, so shapes are enough.
        settings: batch, unroll and what the optimiser is.
        memory: bytes of logits that may exist at a time.
        segment: steps of a layer whose insides are kept at a time; by default as `recur` has it.

    Raises:
        SettingsError: the head is not one softmax.
        ModelError: the model has no recurrent layers.
    """
    if not isinstance(network.head, SoftmaxHead):
        raise SettingsError(
            f"memory is predicted for a head of one softmax, got {network.settings.head}; train with --head softmax"
        )
    width = jnp.dtype(network.embedding.weight.dtype).itemsize
    numbers, table = trained_numbers(network), network.embedding.weight.size
    size, batch, rows = network.embedding.weight.shape[1], settings.batch, settings.batch * settings.unroll
    trained = numbers
    if moves_read_rows_only(settings) and not network.head.tied:
        trained += min(table, rows * size) - table
    kept = [_kept(layer, settings, segment) for layer in network.layers]
    below = [rows * size + sum(kept[:place]) for place in range(len(kept) + 1)]
    backward = [
        under + gradient_numbers(layer.plan, time=settings.unroll, batch=batch, segment=segment) + further
        for under, layer, further in zip(
            below, network.layers, (_further(layer, settings, segment) for layer in network.layers), strict=False
        )
    ]
    slice_rows = _slice(rows, network.vocabulary, memory // width)
    moments = MOMENTS[settings.optimiser] + bool(settings.momentum)
    matrices = sum(held(layer.plan).matrices for layer in network.layers)
    return Predicted(
        parameters=width * numbers,
        optimiser=width * numbers * (moments + (settings.averaging != "never")),
        renewed=width * numbers * moments,
        gradient=width * trained,
        loss=width * (below[-1] + LOGITS * slice_rows * network.vocabulary + matrices),
        layers=tuple(width * each for each in backward),
    )


def _kept(layer: Recurrent, settings: TrainingSettings, segment: int | None) -> int:
    """What a layer keeps once it has run: in segments, inputs, outputs and the states between."""
    counts, steps = held(layer.plan), kept_steps(settings.unroll, segment)
    if steps == settings.unroll:
        return settings.batch * settings.unroll * counts.forward
    sequences = settings.unroll * (layer.inputs + counts.outputs)
    return settings.batch * (sequences + math.ceil(settings.unroll / steps) * counts.states)


def _further(layer: Recurrent, settings: TrainingSettings, segment: int | None) -> int:
    """Beside what its own gradient holds: its outputs' cotangent; in segments, its outputs and its inputs' too."""
    counts, steps = held(layer.plan), kept_steps(settings.unroll, segment)
    each = counts.outputs if steps == settings.unroll else 2 * counts.outputs + layer.inputs
    return settings.batch * settings.unroll * each


def _slice(rows: int, vocabulary: int, most: int) -> int:
    """Rows whose logits exist at a time."""
    count = math.ceil(rows / max(1, most // vocabulary))
    return math.ceil(rows / count)

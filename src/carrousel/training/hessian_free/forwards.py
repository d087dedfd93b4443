"""What networks say to a batch, together with what structural damping holds in them."""

from collections.abc import Mapping
from typing import Any

from jax import Array

from carrousel.models import LanguageModel, SequenceModel
from carrousel.training.hessian_free.hidden import Hidden, read_layers


def read_sequences(network: SequenceModel, batch: Mapping[str, Any]) -> tuple[Array, tuple[Hidden, ...]]:
    """A network over the sequences of a task."""
    xs = network.features(batch["inputs"])
    how = {"lengths": batch["lengths"], "inputs": network.further(batch.get("times"))}
    ys, hidden = read_layers(network.layers, xs, **how)
    return network.answers(ys, xs), hidden


def read_words(model: LanguageModel, batch: Mapping[str, Any]) -> tuple[Array, tuple[Hidden, ...]]:
    """A recurrent language model over words; `inputs` are their numbers, read from the state before the first word.

    What it says are the logarithms of the next word's probabilities, from which the softmax makes the probabilities.
    """
    ys, hidden = read_layers(model.layers, model.embedding(batch["inputs"]), lengths=batch.get("lengths"))
    return model.log_probabilities(ys), hidden

"""Layers over time."""

from carrousel.layers.bidirectional import Bidirectional
from carrousel.layers.dropout import MASKS, Masks, dropped
from carrousel.layers.embedding import Embedding
from carrousel.layers.recurrent import Recurrent, State, trained
from carrousel.layers.softmax_head import SoftmaxHead
from carrousel.layers.softmax_loss import MEMORY, softmax_loss, softmax_losses
from carrousel.layers.stack import Layer, Stack
from carrousel.layers.window import Window
from carrousel.layers.wrappers import VariationalDropout, WeightDrop

__all__ = [
    "MASKS",
    "MEMORY",
    "Bidirectional",
    "Embedding",
    "Layer",
    "Masks",
    "Recurrent",
    "SoftmaxHead",
    "Stack",
    "State",
    "Window",
    "VariationalDropout",
    "WeightDrop",
    "dropped",
    "softmax_loss",
    "softmax_losses",
    "trained",
]

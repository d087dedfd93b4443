"""Layers over time."""

from carrousel.layers.adaptive_head import AdaptiveHead
from carrousel.layers.bidirectional import Bidirectional
from carrousel.layers.dropout import MASKS, Masks, dropped
from carrousel.layers.embedding import Embedding
from carrousel.layers.mixture_head import MixtureHead
from carrousel.layers.recurrent import Recurrent, State, trained
from carrousel.layers.softmax_head import SoftmaxHead
from carrousel.layers.softmax_loss import MEMORY, softmax_loss, softmax_losses
from carrousel.layers.stack import Layer, Stack
from carrousel.layers.window import Window
from carrousel.layers.wrappers import VariationalDropout, WeightDrop

__all__ = [
    "MASKS",
    "MEMORY",
    "AdaptiveHead",
    "Bidirectional",
    "Embedding",
    "Layer",
    "Masks",
    "MixtureHead",
    "Recurrent",
    "SoftmaxHead",
    "Stack",
    "State",
    "VariationalDropout",
    "WeightDrop",
    "Window",
    "dropped",
    "softmax_loss",
    "softmax_losses",
    "trained",
]

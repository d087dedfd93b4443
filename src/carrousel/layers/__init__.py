"""Layers over time."""

from carrousel.layers.adaptive_head import AdaptiveHead
from carrousel.layers.bidirectional import Bidirectional
from carrousel.layers.dropout import MASKS, Masks, dropped
from carrousel.layers.embedding import Embedding
from carrousel.layers.fast_slow import fast_slow
from carrousel.layers.given import with_letters
from carrousel.layers.mixture_head import MixtureHead
from carrousel.layers.recurrent import Recurrent, State, trained
from carrousel.layers.residual import Highway, Residual
from carrousel.layers.scaling import scale_recurrent
from carrousel.layers.softmax_head import SoftmaxHead
from carrousel.layers.softmax_loss import MEMORY, softmax_loss, softmax_losses
from carrousel.layers.stack import Layer, Stack
from carrousel.layers.window import Window
from carrousel.layers.wrappers import (
    CellClip,
    MultiplicativeIntegration,
    Norm,
    Orthogonal,
    ProductNorm,
    RecurrentDropout,
    RecurrentGradientClip,
    SpectralBound,
    VariationalDropout,
    WeightDrop,
    WeightNorm,
    Zoneout,
)

__all__ = [
    "MASKS",
    "MEMORY",
    "AdaptiveHead",
    "Bidirectional",
    "CellClip",
    "Embedding",
    "Highway",
    "Layer",
    "Masks",
    "MixtureHead",
    "MultiplicativeIntegration",
    "Norm",
    "Orthogonal",
    "ProductNorm",
    "Recurrent",
    "RecurrentDropout",
    "RecurrentGradientClip",
    "Residual",
    "SoftmaxHead",
    "SpectralBound",
    "Stack",
    "State",
    "VariationalDropout",
    "WeightDrop",
    "WeightNorm",
    "Window",
    "Zoneout",
    "dropped",
    "fast_slow",
    "scale_recurrent",
    "softmax_loss",
    "softmax_losses",
    "trained",
    "with_letters",
]

"""Wrappers of any cell: `Recurrent("lstm", …, wrappers=[WeightDrop(0.5)])`."""

from carrousel.layers.wrappers.clipping import CellClip, RecurrentGradientClip
from carrousel.layers.wrappers.multiplicative_integration import MultiplicativeIntegration
from carrousel.layers.wrappers.orthogonal import Orthogonal, SpectralBound
from carrousel.layers.wrappers.product_norm import Norm, ProductNorm
from carrousel.layers.wrappers.recurrent_dropout import RecurrentDropout
from carrousel.layers.wrappers.variational_dropout import VariationalDropout
from carrousel.layers.wrappers.weight_drop import WeightDrop
from carrousel.layers.wrappers.weight_norm import WeightNorm
from carrousel.layers.wrappers.zoneout import Zoneout

__all__ = [
    "CellClip",
    "MultiplicativeIntegration",
    "Norm",
    "Orthogonal",
    "ProductNorm",
    "RecurrentDropout",
    "RecurrentGradientClip",
    "SpectralBound",
    "VariationalDropout",
    "WeightDrop",
    "WeightNorm",
    "Zoneout",
]

"""Wrappers of any cell: `Recurrent("lstm", …, wrappers=[WeightDrop(0.5)])`."""

from carrousel.layers.wrappers.variational_dropout import VariationalDropout
from carrousel.layers.wrappers.weight_drop import WeightDrop

__all__ = ["VariationalDropout", "WeightDrop"]

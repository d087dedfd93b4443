"""Layers over time."""

from carrousel.layers.recurrent import Recurrent, State, trained

__all__ = ["Recurrent", "State", "trained"]

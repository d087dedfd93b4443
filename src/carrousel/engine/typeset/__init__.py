"""Equations in LaTeX, and in Unicode for a terminal."""

from carrousel.engine.typeset.document import labels, latex, legend, text

__all__ = ["labels", "latex", "legend", "text"]

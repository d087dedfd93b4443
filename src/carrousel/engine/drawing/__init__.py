"""The flow of data of one step of a cell, drawn as SVG and in box characters."""

from carrousel.engine.drawing.sheet import Sheet, lay_out
from carrousel.engine.drawing.svg import draw_svg
from carrousel.engine.drawing.text import draw_text

__all__ = ["Sheet", "draw_svg", "draw_text", "lay_out"]

"""Curves as one SVG that needs no script and no style sheet: on a page, in a document, in print, in light and dark."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from carrousel.errors import SettingsError, ShapeError
from carrousel.pages.axes import COLOURS, GREY, Axis, text_at, tick_name
from carrousel.pages.figures import figure, folded
from carrousel.pages.html import Html, escape
from carrousel.pages.tables import table

WIDE, HIGH = 640, 300
LEFT, RIGHT, TOP, BOTTOM = 64, 22, 10, 44
ROW: Final = 18
"""Height of a line of the key."""

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, kw_only=True)
class Curves:
    """Curves over one axis, each with places of its own."""

    title: str
    x: str
    """What stands across, with its unit."""
    y: str
    """What stands upwards, with its unit."""
    curves: Mapping[str, Points]
    """Name -> (x, y) from left to right; what is no finite number is a gap."""
    log_x: bool = False
    log_y: bool = False
    """Whether an axis is logarithmic; what is not positive is a gap then."""

    def __post_init__(self) -> None:
        if not self.curves:
            raise SettingsError(f"the plot {self.title!r} has no curve; give it at least one")
        for name, points in self.curves.items():
            if any(len(point) != 2 for point in points):
                raise ShapeError(f"the curve {name!r} of {self.title!r} is made of pairs (x, y)")

    def svg(self) -> str:
        """A whole SVG file."""
        across, upwards = Axis(self._all(0), log=self.log_x), Axis(self._all(1), log=self.log_y)
        parts = [*_frame(across, upwards, self.x, self.y)]
        for place, (name, points) in enumerate(self.curves.items()):
            parts += [_line(points, across, upwards, place), _key(name, place)]
        high = HIGH + ROW * math.ceil(len(self.curves) / 2)
        head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {high}" role="img" font-size="12"'
        family = 'font-family="system-ui, sans-serif"'
        return f"{head} {family}><title>{escape(self.title)}</title>{''.join(parts)}</svg>"

    def html(self) -> Html:
        """The curves as a figure of a page, with their data as a table."""
        rows = [(name, float(a), float(b)) for name, points in self.curves.items() for a, b in points]
        told = table(rows, columns=["curve", self.x, self.y], caption=self.title)
        return figure("curves", self.title, Html(self.svg()), folded("Data as a table", told))

    def _all(self, axis: int) -> list[float]:
        return [float(point[axis]) for points in self.curves.values() for point in points]


def _frame(across: Axis, upwards: Axis, x: str, y: str) -> list[str]:
    """Axes, their ticks and names."""
    right, bottom = WIDE - RIGHT, HIGH - BOTTOM
    parts = [f'<path d="M{LEFT} {TOP}V{bottom}H{right}" fill="none" stroke="{GREY}"/>']
    for tick in across.ticks():
        place = _across(across.share(tick) or 0.0)
        parts.append(f'<path d="M{place:.1f} {bottom}v4" stroke="{GREY}"/>')
        parts.append(text_at(place, bottom + 17, tick_name(tick), "middle"))
    for tick in upwards.ticks():
        place = _upwards(upwards.share(tick) or 0.0)
        parts.append(f'<path d="M{LEFT} {place:.1f}H{right}" stroke="{GREY}" stroke-opacity=".25"/>')
        parts.append(text_at(LEFT - 6, place + 4, tick_name(tick), "end"))
    middle = (TOP + bottom) / 2
    parts.append(text_at((LEFT + right) / 2, bottom + 35, x, "middle"))
    turned = f'<text transform="translate(14 {middle:.1f}) rotate(-90)" text-anchor="middle" fill="{GREY}">'
    return [*parts, f"{turned}{escape(y)}</text>"]


def _line(points: Points, across: Axis, upwards: Axis, place: int) -> str:
    """One curve; a point that stands alone is a dot."""
    path, alone, dots = "", True, ""
    for a, b in points:
        x, y = across.share(float(a)), upwards.share(float(b))
        if x is None or y is None:
            alone = True
            continue
        path += f"{'M' if alone else 'L'}{_across(x):.1f} {_upwards(y):.1f}"
        alone = False
        if len(points) <= 40:
            dots += f'<circle cx="{_across(x):.1f}" cy="{_upwards(y):.1f}" r="2.5" fill="{_colour(place)}"/>'
    dashed = ' stroke-dasharray="6 4"' if place >= len(COLOURS) else ""
    return f'<path d="{path}" fill="none" stroke="{_colour(place)}" stroke-width="2"{dashed}/>{dots}'


def _key(name: str, place: int) -> str:
    """The name of a curve under the plot, two beside each other."""
    x, y = LEFT + (place % 2) * (WIDE - LEFT) // 2, HIGH + ROW * (place // 2) + 8
    dashed = ' stroke-dasharray="6 4"' if place >= len(COLOURS) else ""
    line = f'<path d="M{x} {y - 4}h22" stroke="{_colour(place)}" stroke-width="3"{dashed}/>'
    return line + text_at(x + 28, y, name, "start")


def _colour(place: int) -> str:
    return COLOURS[place % len(COLOURS)]


def _across(share: float) -> float:
    return LEFT + (WIDE - LEFT - RIGHT) * share


def _upwards(share: float) -> float:
    return TOP + (HIGH - TOP - BOTTOM) * (1 - share)


def thinned(xs: Sequence[float], ys: Sequence[float], *, most: int = 200) -> list[tuple[float, float]]:
    """Points of a long curve, at most so many, first and last among them."""
    if not len(xs):
        return []
    places = np.unique(np.linspace(0, len(xs) - 1, min(most, len(xs))).round().astype(int))
    return [(float(xs[k]), float(ys[k])) for k in places]

"""Where numbers stand along an axis of an SVG that needs no style sheet, and what is written there."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

from carrousel.pages.html import escape, number

COLOURS: Final = ("#2563eb", "#d97706", "#059669", "#db2777", "#7c3aed", "#64748b", "#0891b2", "#b91c1c")
"""Seen on white and on black; a curve past the last one is dashed and begins with the first again."""
GREY: Final = "#7b8794"


class Axis:
    """Where numbers stand along an axis, from 0 to 1."""

    def __init__(self, values: Iterable[float], *, log: bool) -> None:
        self._log = log
        known = [self._at(v) for v in values if math.isfinite(v) and (v > 0 or not log)]
        self._low, self._high = (min(known), max(known)) if known else (0.0, 1.0)
        if self._high - self._low < 1e-12 * max(abs(self._high), 1.0):
            self._low, self._high = self._low - 0.5, self._high + 0.5

    def share(self, value: float) -> float | None:
        """None where the axis has no place for it."""
        if not math.isfinite(value) or (self._log and value <= 0):
            return None
        return (self._at(value) - self._low) / (self._high - self._low)

    def ticks(self) -> list[float]:
        """Round numbers on the axis."""
        if self._log:
            first, last = math.floor(self._low), math.floor(self._high + 1e-9)
            wide = self._high - self._low > 2.5  # powers of ten are enough then
            tens = range(first, last + 1, max(1, math.ceil((last - first) / 6)))
            ticks = [m * 10.0**k for k in tens for m in ((1,) if wide else (1, 2, 5))]
            ticks = [tick for tick in ticks if self._low - 1e-9 <= math.log10(tick) <= self._high + 1e-9]
            return ticks if len(ticks) > 1 else [10.0**self._low, 10.0**self._high]
        rough = (self._high - self._low) / 5
        unit = 10.0 ** math.floor(math.log10(rough))
        step = next(m * unit for m in (1, 2, 5, 10) if m * unit >= rough * 0.999)
        first = math.ceil(self._low / step - 1e-9)
        return [k * step for k in range(first, math.floor(self._high / step + 1e-9) + 1)]

    def _at(self, value: float) -> float:
        return math.log10(value) if self._log else value


def text_at(x: float, y: float, text: str, anchor: str) -> str:
    """Grey text in an SVG."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{GREY}">{escape(text)}</text>'


def tick_name(value: float) -> str:
    """A tick without the dust of binary fractions."""
    rounded = float(f"{value:.6g}")
    return number(int(rounded) if rounded == round(rounded) and abs(rounded) < 1e6 else rounded)

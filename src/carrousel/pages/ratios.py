"""Ratios to rivals as one SVG that needs no script and no style sheet: what is behind is as easy to see as the rest."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from carrousel.errors import SettingsError
from carrousel.pages.axes import COLOURS, GREY, Axis, text_at, tick_name
from carrousel.pages.figures import figure, folded
from carrousel.pages.html import Html, escape, number
from carrousel.pages.tables import table

WIDE, RIGHT = 720, 16
LETTER: Final = 6.6
"""Width of a letter of a row's name, at most."""
ROW, KEY, TOP, BOTTOM = 20, 18, 26, 40
BEHIND: Final = "#b91c1c"
"""Colour of the side on which the rival is ahead."""
STEPS: Final = (
    (1.0, 2.0, 5.0),
    (1.0, 1.5, 2.0, 3.0, 5.0, 7.0),
    (1.0, 1.1, 1.2, 1.3, 1.5, 2.0, 3.0, 5.0, 7.0, 8.0, 9.0),
)
"""Ticks of a decade: on a long axis, on a short one, and on one of less than a factor of three."""


@dataclass(frozen=True, kw_only=True)
class Ratios:
    """A lane a row on one logarithmic axis; right of the line at 1 we are ahead, left of it the rival is."""

    title: str
    x: str
    """What the ratios are."""
    cases: Sequence[str]
    """What is told apart by colour, in the order of the key."""
    rows: Mapping[str, Mapping[str, float]]
    """Row -> case -> ratio; a row may lack a case."""
    hollow: Sequence[str] = ()
    """Further cases, drawn as rings in the same colours in order."""
    sides: tuple[str, str] = ("slower", "faster")
    """What stands left and right of the line at 1."""

    def __post_init__(self) -> None:
        for row, ratios in self.rows.items():
            for case, ratio in ratios.items():
                if case not in self._all:
                    raise SettingsError(f"{row!r} of {self.title!r} has the case {case!r}, which is none of the key's")
                if not (math.isfinite(ratio) and ratio > 0):
                    raise SettingsError(f"a ratio is a positive number, and {case} of {row!r} is {ratio}")
        if not any(self.rows.values()):
            raise SettingsError(f"the plot {self.title!r} has no ratio; give it at least one")

    def svg(self) -> str:
        """A whole SVG file."""
        every = [ratio for ratios in self.rows.values() for ratio in ratios.values()]
        low, high = min(0.8, *every) / 1.1, max(1.25, *every) * 1.1
        axis, left = Axis([low, high], log=True), 10 + LETTER * max(map(len, self.rows))
        bottom = TOP + ROW * len(self.rows)

        def across(ratio: float) -> float:
            return left + (WIDE - left - RIGHT) * (axis.share(ratio) or 0.0)

        one = across(1.0)
        field = f'x="{left:.1f}" y="{TOP}" width="{one - left:.1f}" height="{bottom - TOP}"'
        parts = [
            f'<rect {field} fill="{BEHIND}" fill-opacity=".09"/>',
            *(_tick(across(tick), tick, bottom) for tick in _ticks(low, high)),
            f'<path d="M{one:.1f} {TOP - 6}V{bottom}" stroke="{GREY}" stroke-width="2"/>',
            text_at(one - 6, TOP - 10, f"← {self.sides[0]}", "end"),
            text_at(one + 6, TOP - 10, f"{self.sides[1]} →", "start"),
            text_at((left + WIDE - RIGHT) / 2, bottom + 34, self.x, "middle"),
        ]
        for place, (row, ratios) in enumerate(self.rows.items()):
            y = TOP + ROW * (place + 0.5)
            parts.append(f'<path d="M{left:.1f} {y}H{WIDE - RIGHT}" stroke="{GREY}" stroke-opacity=".15"/>')
            parts.append(text_at(left - 8, y + 4, row, "end"))
            parts += [
                self._mark(across(ratio), y, case, f"{row}, {case}: {number(ratio)}") for case, ratio in ratios.items()
            ]
        y = bottom + BOTTOM + KEY / 2
        for line in filter(None, (self.cases, self.hollow)):
            x = 20.0
            for case in line:
                if x + 12 + LETTER * len(case) > WIDE:
                    x, y = 20.0, y + KEY
                parts += [self._mark(x, y, case, case), text_at(x + 12, y + 4, case, "start")]
                x += 32 + LETTER * len(case)
            y += KEY
        tall = y - KEY / 2 + 4
        head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {tall}" role="img" font-size="12"'
        family = 'font-family="system-ui, sans-serif"'
        return f"{head} {family}><title>{escape(self.title)}</title>{''.join(parts)}</svg>"

    def html(self) -> Html:
        """The lanes as a figure of a page, with their data as a table."""
        rows = [(row, *(ratios.get(case) for case in self._all)) for row, ratios in self.rows.items()]
        told = table(rows, columns=["", *self._all], caption=self.title)
        return figure("curves", self.title, Html(self.svg()), folded("Data as a table", told))

    @property
    def _all(self) -> tuple[str, ...]:
        return (*self.cases, *self.hollow)

    def _mark(self, x: float, y: float, case: str, said: str) -> str:
        line = self.cases if case in self.cases else self.hollow
        colour = COLOURS[line.index(case) % len(COLOURS)]
        inside = "none" if line is self.hollow else colour
        look = f'fill="{inside}" fill-opacity=".8" stroke="{colour}" stroke-width="1.5"'
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.2" {look}><title>{escape(said)}</title></circle>'


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers between the ends of a logarithmic axis."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [
        tick
        for k in decades
        for step in STEPS[(high < 20 * low) + (high < 3 * low)]
        if low <= (tick := step * 10.0**k) <= high
    ]


def _tick(x: float, value: float, bottom: float) -> str:
    line = f'<path d="M{x:.1f} {TOP}V{bottom}" stroke="{GREY}" stroke-opacity=".25"/>'
    return line + text_at(x, bottom + 16, tick_name(value), "middle")

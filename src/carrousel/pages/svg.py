"""Small figures as SVG: printable, drawn without a script, each with its data as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from carrousel.errors import ShapeError
from carrousel.pages.figures import figure, folded
from carrousel.pages.html import Html, escape, number
from carrousel.pages.tables import table

WIDE, HIGH, MARGIN = 320, 160, 34
COLOURS: Final = 6
"""Series that have a colour of their own (assets/page.css)."""


def histogram(counts: Sequence[float], edges: Sequence[float], *, title: str, x_label: str = "") -> Html:
    """How often values fall between two edges.

    Args:
        counts: one for each bin.
        edges: one more than there are bins, rising.
        title: what is counted.
        x_label: what the values are.
    """
    if len(edges) != len(counts) + 1:
        raise ShapeError(f"{len(counts)} bins lie between {len(counts) + 1} edges, and there are {len(edges)}")
    low, high, most = edges[0], edges[-1], max(counts, default=0) or 1
    parts = []
    for k, count in enumerate(counts):
        left, right = _across(edges[k], low, high), _across(edges[k + 1], low, high)
        top = HIGH - (HIGH - 8) * count / most
        size = f'width="{max(right - left - 1, 0.5):.1f}" height="{HIGH - top:.1f}"'
        said = f"<title>{number(edges[k])} to {number(edges[k + 1])}: {number(count)}</title>"
        parts.append(f'<rect class="s0" x="{left:.1f}" y="{top:.1f}" {size}>{said}</rect>')
    rows = [(edges[k], edges[k + 1], count) for k, count in enumerate(counts)]
    told = table(rows, columns=["from", "to", "count"], caption=title)
    plot = _framed("".join(parts), title, (low, high), (0, most), (x_label, "count"))
    return figure("small", title, plot, folded("Data as a table", told))


def scatter(
    groups: Mapping[str, Sequence[tuple[float, float]]],
    *,
    title: str,
    x_label: str,
    y_label: str,
    x: tuple[float, float] = (0.0, 1.0),
    y: tuple[float, float] = (0.0, 1.0),
) -> Html:
    """A point for each thing, a colour for each group.

    Args:
        groups: name -> points.
        title: what the points are.
        x_label: what stands across.
        y_label: what stands upwards.
        x: where the axis across begins and ends.
        y: the same of the axis upwards.
    """
    parts, rows = [], []
    for k, (name, points) in enumerate(groups.items()):
        dots = (f"M{_across(a, *x):.0f} {HIGH - (HIGH - 8) * _share(b, *y):.0f}h0" for a, b in points)
        parts.append(f'<path class="dots s{k % COLOURS}" d="{"".join(dots)}"/>')
        rows += [(f"{name} {place}", float(a), float(b)) for place, (a, b) in enumerate(points)]
    key = [f'<span class="key s{k % COLOURS}">{escape(name)}</span>' for k, name in enumerate(groups)]
    plot = _framed("".join(parts), title, x, y, (x_label, y_label))
    told = folded("Data as a table", table(rows, columns=["which", x_label, y_label], caption=title))
    keys = Html(f'<p class="keys">{" ".join(key)}</p>') if len(groups) > 1 else Html("")
    return figure("small", title, Html(plot + keys), told)


def _framed(inside: str, title: str, x: tuple[float, float], y: tuple[float, float], labels: tuple[str, str]) -> Html:
    """The inside between two axes with their ends and names."""
    texts = [
        f'<text x="0" y="{HIGH + 14}">{number(x[0])}</text>',
        f'<text class="end" x="{WIDE}" y="{HIGH + 14}">{number(x[1])}</text>',
        f'<text class="middle" x="{WIDE / 2}" y="{HIGH + 28}">{escape(labels[0])}</text>',
        f'<text class="end" x="-4" y="{HIGH}">{number(y[0])}</text>',
        f'<text class="end" x="-4" y="12">{number(y[1])}</text>',
        f'<text class="middle" transform="translate(-14 {HIGH / 2}) rotate(-90)">{escape(labels[1])}</text>',
    ]
    axes = f'<path class="axis" d="M0 0V{HIGH}H{WIDE}"/>'
    box = f'viewBox="{-MARGIN - 14} -4 {WIDE + MARGIN + 26} {HIGH + MARGIN + 4}"'
    return Html(f'<svg {box} role="img" aria-label="{escape(title)}">{axes}{inside}{"".join(texts)}</svg>')


def _share(value: float, low: float, high: float) -> float:
    return min(max((value - low) / (high - low), 0.0), 1.0) if high > low else 0.5


def _across(value: float, low: float, high: float) -> float:
    return WIDE * _share(value, low, high)

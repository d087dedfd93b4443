"""A drawing as SVG, in the colours of the reader's light or dark page, with a description for who cannot see it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final
from xml.sax.saxutils import escape

from carrousel.engine.drawing.graph import GATE, NEW, OLD, OPERATION, Node
from carrousel.engine.drawing.sheet import Run, Sheet, Spot, junctions

ACROSS, DOWN = 9, 22
"""Pixels of a character and of a row."""
MARGIN, ROUND, RADIUS = 24, 7, 10
STYLE: Final = """
.carrousel-cell { max-width: 100%; height: auto; }
.carrousel-cell { color-scheme: light dark; --ink: #1f2937; --soft: #6b7280; --page: #ffffff; --gate: #e0ecff;
  --edge: #2563eb; --plain: #f3f4f6; --sign: #fef3c7; --warm: #b45309; }
@media (prefers-color-scheme: dark) { .carrousel-cell { --ink: #e5e7eb; --soft: #9ca3af; --page: #111827;
  --gate: #1e3a5f; --edge: #60a5fa; --plain: #1f2937; --sign: #422006; --warm: #fbbf24; } }
.carrousel-cell text { fill: var(--ink); font: 15px "Latin Modern Math", "STIX Two Math", Cambria, Georgia, serif;
  text-anchor: middle; dominant-baseline: central; }
.carrousel-cell .state { font-size: 17px; font-style: italic; }
.carrousel-cell .old { text-anchor: start; } .carrousel-cell .new { text-anchor: start; }
.carrousel-cell .letters { fill: var(--soft); font-size: 13px; font-style: italic; }
.carrousel-cell .wire { fill: none; stroke: var(--ink); stroke-width: 1.4; }
.carrousel-cell .halo { fill: none; stroke: var(--page); stroke-width: 5; }
.carrousel-cell .page { fill: var(--page); } .carrousel-cell .joint { fill: var(--ink); }
.carrousel-cell .gate { fill: var(--gate); stroke: var(--edge); stroke-width: 1.4; }
.carrousel-cell .function { fill: var(--plain); stroke: var(--soft); stroke-width: 1.2; }
.carrousel-cell .sign { fill: var(--sign); stroke: var(--warm); stroke-width: 1.4; }
.carrousel-cell .number { fill: var(--edge); font: 600 13px system-ui, sans-serif; text-anchor: start;
  paint-order: stroke; stroke: var(--page); stroke-width: 4; } .carrousel-cell .below { text-anchor: middle; }
"""


def draw_svg(sheet: Sheet, *, title: str) -> str:
    """The drawing as one SVG element.

    Beside every value with a name stands an empty text with the name as `data-value`, for a page to put its number in.

    Args:
        sheet: the drawing laid out.
        title: the cell's name.
    """
    width, height = sheet.width * ACROSS + 2 * MARGIN, sheet.height * DOWN + 2 * MARGIN
    told = escape(" ".join(told_nodes(sheet)))
    key = "".join(c if c.isalnum() else "-" for c in title)
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="carrousel-cell" role="img" {size}',
        f' aria-labelledby="{key}-title {key}-told">',
        f'<title id="{key}-title">One step of {escape(title)}</title>',
        f'<desc id="{key}-told">{told}</desc>',
        f"<style>{STYLE}</style>",
        f'<rect class="page" width="{width}" height="{height}" rx="8"/>',
        f'<g transform="translate({MARGIN} {MARGIN})">',
    ]
    for path in _paths(sheet):
        out += [f'<path class="halo" d="{path}"/>', f'<path class="wire" d="{path}"/>']
    for run in sheet.runs:
        out += [f'<circle class="joint" cx="{_x(run.turn)}" cy="{_y(row)}" r="3"/>' for row in junctions(run)]
    named = {node.name for node in sheet.nodes}
    for spot in sheet.spots:
        out += _spot(spot, named)
    return "\n".join([*out, "</g>", "</svg>", ""])


def told_nodes(sheet: Sheet) -> Iterator[str]:
    """The drawing in sentences, a node each."""
    nodes = sheet.nodes
    old = [n.label for n in nodes if n.kind == OLD]
    yield f"From left to right. What comes in: {', '.join(old)}."
    for k, node in enumerate(nodes):
        if node.kind == OLD:
            continue
        read = " and ".join(_called(nodes, s) for s in node.sources) or "nothing that changes"
        if node.kind == NEW:
            yield f"{node.label} goes out: it is {read}."
        else:
            letters = f" with {', '.join(node.letters)}" if node.letters else ""
            yield f"{_called(nodes, k)}: {node.label or 'the sum of products'} of {read}{letters}."


def _called(nodes: tuple[Node, ...], k: int) -> str:
    node = nodes[k]
    return node.label if node.kind == OLD else node.name or f"value {k}"


def _x(across: float) -> float:
    return (across + 0.5) * ACROSS


def _y(down: float) -> float:
    return (down + 0.5) * DOWN


def _paths(sheet: Sheet) -> Iterator[str]:
    """Each value's wires, from its node to all that take it, as one path."""
    paths: dict[int, list[str]] = {}
    for net, row, start, end in sheet.passages:
        paths.setdefault(net, []).append(f"M{start * ACROSS:g} {_y(row):g}H{end * ACROSS:g}")
    for run in sheet.runs:
        paths.setdefault(run.net, []).extend(_branches(run))
    return map("".join, paths.values())


def _branches(run: Run) -> Iterator[str]:
    wire, turn = run.wire, _x(run.turn)
    for end in run.ends:
        path = f"M{run.start * ACROSS:g} {_y(wire.start):g}"
        if end.y != wire.start:
            sign = 1 if end.y > wire.start else -1
            path += f"H{turn - ROUND:g}Q{turn:g} {_y(wire.start):g} {turn:g} {_y(wire.start) + sign * ROUND:g}"
            path += f"V{_y(end.y) - sign * ROUND:g}Q{turn:g} {_y(end.y):g} {turn + ROUND:g} {_y(end.y):g}"
        if end.bend:
            middle = _x(end.x)
            path += f"H{middle - ROUND:g}Q{middle:g} {_y(end.y):g} {middle:g} {_y(end.y) + end.bend * ROUND:g}"
            path += f"V{_y(end.y + end.bend) - end.bend * RADIUS:g}"
        else:
            path += f"H{end.x * ACROSS:g}"
        yield path


def _spot(spot: Spot, named: Collection[str]) -> Iterator[str]:
    node, x, y = spot.node, spot.x * ACROSS, spot.y * DOWN
    if node.kind in {OLD, NEW}:
        yield f'<text class="state {node.kind}" x="{x}" y="{_y(spot.y):g}">{_markup(node.label)}</text>'
        if node.label not in named:
            yield _number(node.label, x, _y(spot.y) + 18)
    elif node.kind == OPERATION:
        middle = f'cx="{_x(spot.x):g}" cy="{_y(spot.middle):g}"'
        yield f'<circle class="sign" {middle} r="{RADIUS}"/>'
        yield f'<text x="{_x(spot.x):g}" y="{_y(spot.middle):g}">{escape(node.label)}</text>'
        if node.name:
            place = f'x="{_x(spot.x) + 15:g}" y="{_y(spot.middle) - 12:g}"'
            yield f'<text class="letters" {place}>{_markup(node.name)}</text>'
            yield _number(node.name, _x(spot.x) + 11, _y(spot.middle) + 14)
    else:
        width, height = spot.width * ACROSS, (spot.height - 1) * DOWN
        style = "gate" if node.kind == GATE else "function"
        yield f'<rect class="{style}" x="{x}" y="{y + DOWN / 2:g}" width="{width}" height="{height}" rx="6"/>'
        first = y + (spot.height - len(spot.lines)) / 2 * DOWN
        for k, line in enumerate(spot.lines):
            letters = ' class="letters"' if node.letters and k == len(spot.lines) - 1 else ""
            yield f'<text{letters} x="{x + width / 2:g}" y="{first + (k + 0.5) * DOWN:g}">{_markup(line)}</text>'
        if node.name:
            yield _number(node.name, x + width / 2, y + height + DOWN, below=True)


def _number(name: str, x: float, y: float, *, below: bool = False) -> str:
    """Room for the number of a value with a name."""
    style = "number below" if below else "number"
    return f'<text class="{style}" data-value="{escape(name)}" x="{x:g}" y="{y:g}"></text>'


def _markup(text: str) -> str:
    """Names with their subscripts lowered."""
    words = []
    for word in text.split(" "):
        base, _, below = word.partition("_")
        lowered = f'<tspan dy="4" font-size="70%">{escape(below)}</tspan><tspan dy="-4">\u200b</tspan>' if below else ""
        words.append(escape(base) + lowered)
    return " ".join(words)

"""A drawing laid out: every node and wire with its place on the grid. Text and SVG paint the same sheet."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from carrousel.engine.drawing.channels import Wire, channel
from carrousel.engine.drawing.graph import GATE, NEW, OLD, OPERATION, Node, graph
from carrousel.engine.drawing.layout import Place, arranged, layers
from carrousel.engine.equations.reading import Reading

EDGE: Final = 2
"""Characters of a wire before its first and after its last track."""
STEP: Final = 2
"""Characters from one track to the next."""


class Spot(NamedTuple):
    """A node on the grid."""

    node: Node
    net: int
    x: int
    y: int
    width: int
    height: int
    lines: tuple[str, ...]
    boxed: bool

    @property
    def middle(self) -> int:
        """The row on which its value leaves."""
        return self.y + (self.height - 1) // 2


class End(NamedTuple):
    """Where a wire enters something."""

    x: int
    """Just before this character; at it, where the wire bends into a sign."""
    y: int
    bend: int = 0
    """1 where it bends down into a sign, -1 where it bends up."""


class Run(NamedTuple):
    """One value on its way between two columns: straight, or over an upright."""

    net: int
    start: int
    """Where it leaves the left column, across."""
    wire: Wire
    turn: int
    """Where its upright stands."""
    ends: tuple[End, ...]


@dataclass(frozen=True)
class Sheet:
    """All that is drawn, in characters across and rows down."""

    nodes: tuple[Node, ...]
    spots: tuple[Spot, ...]
    runs: tuple[Run, ...]
    passages: tuple[tuple[int, int, int, int], ...]
    """Pieces of wires past a column: value, row, from, to."""
    width: int
    height: int


def lay_out(reading: Reading) -> Sheet:
    """The drawing of a cell: old states left, x and the inputs below them, new states right."""
    nodes = graph(reading)
    columns = arranged(layers(nodes))
    wires = [channel(left, right) for left, right in itertools.pairwise(columns)]
    widths = [max(p.width for p in column) for column in columns]
    starts = [0]
    for width, between in zip(widths, wires, strict=False):
        tracks = max((w.track for w in between), default=-1) + 1
        starts.append(starts[-1] + width + 2 * EDGE + STEP * tracks)
    spots: list[Spot] = []
    runs: list[Run] = []
    passages: list[tuple[int, int, int, int]] = []
    for k, column in enumerate(columns):
        here = {p.net: _spot(p, starts[k], widths[k]) for p in column}
        spots += [spot for spot in here.values() if spot is not None]
        passages += [(p.net, p.row, starts[k], starts[k] + widths[k]) for p in column if p.node is None]
        if k < len(wires):
            after = starts[k] + widths[k]
            entries = _entries(columns[k + 1], starts[k + 1], widths[k + 1])
            for wire in wires[k]:
                spot = here[wire.net]
                start = after if spot is None else spot.x + spot.width + (spot.node.kind == OLD)
                turn = after + EDGE + STEP * max(wire.track, 0)
                runs.append(Run(wire.net, start, wire, turn, tuple(entries[wire.net])))
    height = max(spot.y + spot.height for spot in spots)
    height = max([height, *(row + 1 for _, row, _, _ in passages)])
    return Sheet(nodes, tuple(spots), tuple(runs), tuple(passages), starts[-1] + widths[-1], height)


def _spot(place: Place, start: int, width: int) -> Spot | None:
    if place.node is None:
        return None
    wide = width if place.node.kind == GATE else place.width
    x = start + (0 if place.node.kind in {OLD, NEW} else (width - wide) // 2)
    return Spot(place.node, place.net, x, place.row, wide, place.height, place.lines, place.boxed)


def _entries(column: list[Place], start: int, width: int) -> dict[int, list[End]]:
    """Where each value enters the nodes of a column."""
    found: dict[int, list[End]] = {}
    for place in column:
        spot = _spot(place, start, width)
        for source, port in zip(place.sources, place.ports, strict=True):
            if spot is None:
                end = End(start, place.row)
            elif place.node is not None and place.node.kind == OPERATION and port != place.out:
                end = End(spot.x, place.row + port, 1 if port < place.out else -1)
            else:
                end = End(spot.x - (spot.node.kind == NEW), place.row + port)
            found.setdefault(source, []).append(end)
    return found


def junctions(run: Run) -> Iterator[int]:
    """The rows on which a wire branches from its upright."""
    wire = run.wire
    for row in sorted({wire.start, *wire.ends}) if wire.bottom > wire.top else ():
        if (row > wire.top) + (row < wire.bottom) + (row == wire.start) + (row in wire.ends) > 2:
            yield row

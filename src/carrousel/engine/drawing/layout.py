"""Where each node of a drawing stands, on a grid of characters: columns by depth, rows with few crossings.

Long wires pass each column between at a place of their own (Sugiyama, Tagawa & Toda 1981).
"""

from __future__ import annotations

import bisect
import itertools
import operator
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from carrousel.engine.drawing.graph import NEW, OLD, OPERATION, Node

GAP: Final = 1
"""Free rows between neighbours in a column."""
SWEEPS: Final = 12


@dataclass
class Place:
    """A node, or the passage of a long wire, on the grid."""

    net: int
    """The node whose value leaves it."""
    node: Node | None
    """None for the passage of a wire."""
    sources: list[int]
    """The values that enter it, in the order of their ports."""
    row: int = 0
    """Of its top."""
    lines: tuple[str, ...] = field(init=False)
    """What is written in it."""
    boxed: bool = field(init=False)
    """Whether it has a frame."""
    width: int = field(init=False)
    height: int = field(init=False)
    out: int = field(init=False)
    """The row, from its top, on which its value leaves."""
    ports: tuple[int, ...] = field(init=False)
    """The rows, from its top, on which its values enter."""

    def __post_init__(self) -> None:
        kind, count = (self.node.kind if self.node else ""), len(self.sources)
        self.boxed = self.node is not None and kind not in {OLD, NEW, OPERATION}
        self.lines = _lines(self.node, boxed=self.boxed) if self.node else ()
        self.width = max(map(len, self.lines), default=0) + (4 if self.boxed else 0)
        self.height = 2 + max(len(self.lines), count) if self.boxed else 3 if kind == OPERATION and count > 1 else 1
        self.out = (self.height - 1) // 2
        first = (self.height - count + self.boxed) // 2 if count < self.height else 0
        self.ports = (0, 2) if kind == OPERATION and count == 2 else tuple(range(first, first + count))


def _lines(node: Node, *, boxed: bool) -> tuple[str, ...]:
    named = " = ".join(part for part in (node.name if boxed else "", node.label) if part)
    return tuple(line for line in (named, _short(node.letters)) if line)


def _short(letters: Sequence[str]) -> str:
    """The letters of a box in one line; of many the first."""
    line = " ".join(letters)
    return line if len(line) <= 20 else " ".join(letters[:2]) + " … " + letters[-1]


def layers(nodes: Sequence[Node]) -> list[list[Place]]:
    """The nodes in columns by depth, with passages for wires that are longer than one column."""
    depth: list[int] = []
    for node in nodes:
        depth.append(0 if node.kind == OLD else 1 + max((depth[s] for s in node.sources), default=0))
    last = max(depth) if any(n.kind != NEW for n in nodes) else 1
    depth = [last if n.kind == NEW else d for n, d in zip(nodes, depth, strict=True)]
    columns: list[list[Place]] = [[] for _ in range(last + 1)]
    for k, node in enumerate(nodes):
        columns[depth[k]].append(Place(k, node, list(dict.fromkeys(node.sources))))
    for k in range(len(nodes)):
        far = max((depth[j] for j, other in enumerate(nodes) if k in other.sources), default=0)
        for column in range(depth[k] + 1, far):
            columns[column].append(Place(k, None, [k]))
    return columns


def arranged(columns: list[list[Place]]) -> list[list[Place]]:
    """The columns with their nodes in an order that crosses few wires, and a row for each."""
    best, fewest = columns, _crossings(columns)
    order = [list(c) for c in columns]
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        for k in range(1, len(order)) if forward else range(len(order) - 2, -1, -1):
            order[k] = _sorted(order, k, forward=forward)
        _transposed(order)
        if (crossings := _crossings(order)) < fewest:
            best, fewest = [list(c) for c in order], crossings
    for column in best:
        _order_ports(best, column)
    _set_rows(best)
    return best


def _positions(column: Sequence[Place]) -> dict[int, int]:
    return {place.net: k for k, place in enumerate(column)}


def _sorted(order: list[list[Place]], k: int, *, forward: bool) -> list[Place]:
    here = _positions(order[k])
    near = _positions(order[k - 1 if forward else k + 1])

    def mean(place: Place) -> float:
        if forward:
            found = [near[s] for s in place.sources]
        else:
            found = [j for j, other in enumerate(order[k + 1]) if place.net in other.sources]
        return sum(found) / len(found) if found else here[place.net]

    return sorted(order[k], key=lambda p: (_below(p), mean(p)))


def _below(place: Place) -> bool:
    """Whether it is the input or one like it, which stand below the old states."""
    return place.node is not None and place.node.kind == OLD and not place.node.label.endswith("₋₁")


def _transposed(order: list[list[Place]]) -> None:
    """Swap neighbours wherever that takes crossings away."""
    for n, column in enumerate(order):
        near = order[max(n - 1, 0) : n + 2]
        for k in range(len(column) - 1):
            if _below(column[k]) != _below(column[k + 1]):
                continue
            before = _crossings(near)
            column[k], column[k + 1] = column[k + 1], column[k]
            if _crossings(near) >= before:
                column[k], column[k + 1] = column[k + 1], column[k]


def _crossings(order: Sequence[Sequence[Place]]) -> int:
    total = 0
    for left, right in itertools.pairwise(order):
        at = _positions(left)
        ends: list[int] = []
        wires = sorted((at[s], k) for k, place in enumerate(right) for s in place.sources)
        for _, together in itertools.groupby(wires, key=operator.itemgetter(0)):
            rows = [k for _, k in together]
            total += sum(len(ends) - bisect.bisect_right(ends, k) for k in rows)
            for k in rows:
                bisect.insort(ends, k)
    return total


def _order_ports(order: list[list[Place]], column: list[Place]) -> None:
    k = next(i for i, c in enumerate(order) if c is column)
    for place in column:
        if k and place.node is not None and not place.node.ordered:
            at = _positions(order[k - 1])
            place.sources.sort(key=lambda s: at[s])


def _set_rows(order: list[list[Place]]) -> None:
    """Rows that keep wires straight: each node near the middle of what it is joined to, none upon another."""
    for column in order:
        row = 0
        for place in column:
            place.row, row = row, row + place.height + GAP
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 1
        for k in range(1, len(order)) if forward else range(len(order) - 2, -1, -1):
            near = {p.net: p for p in order[k - 1 if forward else k + 1]}
            _spread(order[k], [_wish(place, near, order, k, forward=forward) for place in order[k]])
    for k in range(1, len(order)):
        near = {p.net: p for p in order[k - 1]}
        _spread(order[k], [_wish(place, near, order, k, forward=True) for place in order[k]])
    top = min(place.row for column in order for place in column)
    for column in order:
        for place in column:
            place.row -= top


def _wish(place: Place, near: dict[int, Place], order: list[list[Place]], k: int, *, forward: bool) -> float:
    if forward:
        wishes = [near[s].row + near[s].out - port for s, port in zip(place.sources, place.ports, strict=True)]
    else:
        wishes = [
            other.row + port - place.out
            for other in order[k + 1]
            for s, port in zip(other.sources, other.ports, strict=True)
            if s == place.net
        ]
    wishes.sort()
    if not wishes:
        return place.row
    middle = len(wishes) // 2
    return wishes[middle] if len(wishes) % 2 else (wishes[middle - 1] + wishes[middle]) / 2


def _spread(column: list[Place], wishes: Sequence[float]) -> None:
    """The rows nearest to the wishes with every node below the one before (pooling of neighbours)."""
    starts = [0]
    for place in column[:-1]:
        starts.append(starts[-1] + place.height + GAP)
    pools: list[tuple[float, int]] = []
    for wish, start in zip(wishes, starts, strict=True):
        pools.append((wish - start, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (a, n), (b, m) = pools[-2:]
            pools[-2:] = [((a * n + b * m) / (n + m), n + m)]
    offsets = [offset for offset, count in pools for _ in range(count)]
    for place, offset, start in zip(column, offsets, starts, strict=True):
        place.row = round(offset) + start

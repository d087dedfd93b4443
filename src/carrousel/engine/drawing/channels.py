"""Where the wires run between two columns: each on an upright track of its own, none upon another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from carrousel.engine.drawing.layout import GAP, Place

ATTEMPTS: Final = 2000


class Wire(NamedTuple):
    """One value on its way from a column to the next."""

    net: int
    start: int
    """The row on which it leaves."""
    ends: tuple[int, ...]
    """The rows on which it enters."""
    track: int
    """Which upright it turns on; -1 for a wire that goes straight."""

    @property
    def top(self) -> int:
        """Its uppermost row."""
        return min(self.start, *self.ends)

    @property
    def bottom(self) -> int:
        """Its lowest row."""
        return max(self.start, *self.ends)


def channel(left: Sequence[Place], right: list[Place]) -> list[Wire]:
    """The wires between two neighbouring columns; a node of the right one moves down where two would collide."""
    for _ in range(ATTEMPTS):
        wires = _wires(left, right)
        tracked, stuck = _tracked([w for w in wires if w.bottom > w.top])
        if stuck is None:
            return [w for w in wires if w.bottom == w.top] + tracked
        _move_down(right, *stuck)
    raise AssertionError("wires that cannot be laid")


def _wires(left: Sequence[Place], right: Sequence[Place]) -> list[Wire]:
    ends: dict[int, list[int]] = {}
    for place in right:
        for source, port in zip(place.sources, place.ports, strict=True):
            ends.setdefault(source, []).append(place.row + port)
    return [Wire(p.net, p.row + p.out, tuple(ends[p.net]), -1) for p in left if p.net in ends]


def _tracked(wires: list[Wire]) -> tuple[list[Wire], tuple[int, int] | None]:
    """The wires with their tracks; or the value and the row of one that another blocks.

    A wire that leaves on the row on which another enters must turn before it does.
    """
    before = {w.net: [v for v in wires if v.net != w.net and v.start in w.ends] for w in wires}
    done: dict[int, Wire] = {}
    while len(done) < len(wires):
        ready = [w for w in wires if w.net not in done and all(v.net in done for v in before[w.net])]
        if not ready:
            stuck = next(w for w in wires if w.net not in done)
            return [], (stuck.net, next(v.start for v in before[stuck.net] if v.net not in done))
        wire = min(ready, key=lambda w: (w.bottom - w.top, w.top))
        track = max((done[v.net].track + 1 for v in before[wire.net]), default=0)
        while any(w.track == track and w.top <= wire.bottom and wire.top <= w.bottom for w in done.values()):
            track += 1
        done[wire.net] = wire._replace(track=track)
    return list(done.values()), None


def _move_down(column: list[Place], net: int, row: int) -> None:
    """Move the node that the value enters on that row, and what would be hit below it, down by one row."""
    first = next(
        k
        for k, place in enumerate(column)
        if (net, row) in zip(place.sources, (place.row + port for port in place.ports), strict=True)
    )
    free = column[first].row + 1
    for place in column[first:]:
        place.row = max(place.row, free)
        free = place.row + place.height + GAP

"""A drawing in box characters, for a terminal."""

from __future__ import annotations

from typing import Final

from carrousel.engine.drawing.graph import OPERATION
from carrousel.engine.drawing.sheet import Sheet, Spot

UP, DOWN, LEFT, RIGHT = 1, 2, 4, 8
LINES: Final = " ╵╷│╴┘┐┤╶└┌├─┴┬┼"
"""The character of each set of directions."""
BLANK: Final = "\N{NO-BREAK SPACE}"
"""Inside a box, where no wire shows through."""
JOINED, CROSSED = "●", "┼"


class Grid:
    """Characters in rows, and which wires run through each and in which directions."""

    def __init__(self, width: int, height: int) -> None:
        self.wires: list[list[dict[int, int]]] = [[{} for _ in range(width)] for _ in range(height)]
        self.text = [[" "] * width for _ in range(height)]

    def turn(self, net: int, x: int, y: int, directions: int) -> None:
        """A value's wire goes in these directions from here."""
        cell = self.wires[y][x]
        cell[net] = cell.get(net, 0) | directions

    def across(self, net: int, y: int, start: int, end: int) -> None:
        """A piece of wire from left to right, its end not included."""
        for x in range(start, end):
            self.turn(net, x, y, LEFT | RIGHT)

    def upright(self, net: int, x: int, top: int, bottom: int) -> None:
        """A piece of wire from top to bottom, both included."""
        for y in range(top, bottom + 1):
            self.turn(net, x, y, (UP if y > top else 0) | (DOWN if y < bottom else 0))

    def write(self, x: int, y: int, text: str) -> None:
        """Text over whatever runs there."""
        for k, character in enumerate(text):
            self.text[y][x + k] = character

    def lines(self) -> tuple[str, ...]:
        """What is written, over the wires."""
        rows = zip(self.text, self.wires, strict=True)
        return tuple(
            "".join(t if t != " " else _sign(w) for t, w in zip(*row, strict=True)).replace(BLANK, " ").rstrip()
            for row in rows
        )


def _sign(wires: dict[int, int]) -> str:
    if len(wires) > 1:
        return CROSSED
    directions = next(iter(wires.values()), 0)
    return JOINED if directions == UP | DOWN | LEFT | RIGHT else LINES[directions]


def draw_text(sheet: Sheet) -> tuple[str, ...]:
    """The lines of a drawing; `┼` is a crossing, a wire that branches shows it or has a `●`."""
    grid = lay_wires(sheet)
    for spot in sheet.spots:
        _draw(grid, spot)
    return grid.lines()


def lay_wires(sheet: Sheet) -> Grid:
    """The wires alone."""
    grid = Grid(sheet.width, sheet.height)
    for net, row, start, end in sheet.passages:
        grid.across(net, row, start, end)
    for run in sheet.runs:
        net, wire, x = run.net, run.wire, run.start
        if wire.bottom > wire.top:
            grid.across(net, wire.start, run.start, run.turn)
            grid.turn(net, run.turn, wire.start, LEFT)
            grid.upright(net, run.turn, wire.top, wire.bottom)
            for entry in run.ends:
                grid.turn(net, run.turn, entry.y, RIGHT)
            x = run.turn + 1
        for entry in run.ends:
            grid.across(net, entry.y, x, entry.x)
            if entry.bend:
                grid.turn(net, entry.x, entry.y, LEFT | (DOWN if entry.bend > 0 else UP))
    return grid


def _draw(grid: Grid, spot: Spot) -> None:
    if not spot.boxed:
        grid.write(spot.x, spot.middle if spot.node.kind == OPERATION else spot.y, spot.lines[0])
        return
    inner = spot.width - 2
    grid.write(spot.x, spot.y, f"┌{'─' * inner}┐")
    for k in range(spot.height - 2):
        text = spot.lines[k] if k < len(spot.lines) else ""
        grid.write(spot.x, spot.y + 1 + k, f"│{text:^{inner}}│".replace(" ", BLANK))
    grid.write(spot.x, spot.y + spot.height - 1, f"└{'─' * inner}┘")

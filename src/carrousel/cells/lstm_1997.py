"""LSTM as first published: no forget gate, memory blocks of several cells that share their gates."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, repeat, sigmoid, stop


def lstm_1997(
    x: Vector, h: Vector, c: Vector, *, W: Matrices, U: Matrices, b: Vectors, cells: int = 2
) -> tuple[Vector, Vector]:
    y = stop(h)
    i = sigmoid(W.i @ x + U.i @ y + b.i)
    o = sigmoid(W.o @ x + U.o @ y + b.o)
    g = 4 * sigmoid(W.g @ x + U.g @ y + b.g) - 2
    c = c + repeat(i, cells) * g
    h = repeat(o, cells) * (2 * sigmoid(c) - 1)
    return h, c


LSTM_1997 = Cell(
    lstm_1997,
    source="Hochreiter & Schmidhuber 1997",
    sizes=dict.fromkeys(("W.i", "U.i", "b.i", "W.o", "U.o", "b.o"), "hidden / cells"),
    keeps="1",
    family="lstm",
    note="the gradient is truncated as in the paper: what comes back through y is stopped; "
    "cells and gates hear the cells, and in lstm-1997-full the gates too",
)

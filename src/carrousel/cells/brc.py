"""Bistable recurrent cell, whose units can latch, and its neuromodulated form, whose gates hear all units."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid, tanh


def brc(x: Vector, h: Vector, *, U: Matrices, w: Vectors) -> Vector:
    a = 1 + tanh(U.a @ x + w.a * h)
    c = sigmoid(U.c @ x + w.c * h)
    h = c * h + (1 - c) * tanh(U.h @ x + a * h)
    return h


def nbrc(x: Vector, h: Vector, *, U: Matrices, W: Matrices) -> Vector:
    a = 1 + tanh(U.a @ x + W.a @ h)
    c = sigmoid(U.c @ x + W.c @ h)
    h = c * h + (1 - c) * tanh(U.h @ x + a * h)
    return h


BRC = Cell(
    brc,
    source="Vecoven, Ernst & Drion 2021",
    start={"w": 1.0},
    family="gru",
    aka={"torchrecurrent": "BR"},
    note="without the biases that the authors' code adds to a and c",
)
NBRC = Cell(
    nbrc,
    source="Vecoven, Ernst & Drion 2021",
    family="gru",
    aka={"torchrecurrent": "NBR"},
    note="without the biases that the authors' code adds to a and c",
)

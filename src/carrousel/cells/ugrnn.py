"""Update-gate RNN: one gate decides how much of the old state stays."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid, tanh


def ugrnn(x: Vector, h: Vector, *, W: Matrices, U: Matrices, b: Vectors) -> Vector:
    c = tanh(W.c @ x + U.c @ h + b.c)
    g = sigmoid(W.g @ x + U.g @ h + b.g)
    h = g * h + (1 - g) * c
    return h


UGRNN = Cell(
    ugrnn,
    source="Collins, Sohl-Dickstein & Sussillo 2017",
    start={"b.g": 1.0},
    keeps="g",
    family="gru",
    aka={"torchrecurrent": "UGRNN", "tensorflow": "UGRNNCell"},
)

"""IndyGRU: a GRU whose units hear only themselves."""

from carrousel.cells.starting import uniform
from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid, tanh


def indy_gru(x: Vector, h: Vector, *, W: Matrices, u: Vectors, b: Vectors) -> Vector:
    r = sigmoid(W.r @ x + u.r * h + b.r)
    z = sigmoid(W.z @ x + u.z * h + b.z)
    n = tanh(W.n @ x + u.n * (r * h) + b.n)
    h = (1 - z) * n + z * h
    return h


INDY_GRU = Cell(
    indy_gru,
    source="TensorFlow's contrib.rnn 2018, after Gonnet & Deselaers 2020",
    start={"u": uniform(-1.0, 1.0)},
    keeps="z",
    family="gru",
    aka={"tensorflow": "IndyGRUCell", "ml-pararnn": "GRUDiagMH (1 - z for z)"},
)

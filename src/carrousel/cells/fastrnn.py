"""FastRNN: two learned numbers mix the candidate and the old state."""

from carrousel.engine import Cell, Matrices, Scalars, Vector, Vectors, sigmoid, tanh


def fastrnn(x: Vector, h: Vector, *, W: Matrices, U: Matrices, b: Vectors, s: Scalars) -> Vector:
    n = tanh(W.h @ x + U.h @ h + b.h)
    alpha = sigmoid(s.alpha)
    beta = sigmoid(s.beta)
    h = alpha * n + beta * h
    return h


FASTRNN = Cell(
    fastrnn,
    source="Kusupati, Singh, Bhatia, Kumar, Jain & Varma 2018",
    start={"s.alpha": -3.0, "s.beta": 3.0},
    keeps="beta",
    family="plain",
    aka={"torchrecurrent": "FastRNN", "edgeml": "FastRNNCell"},
)

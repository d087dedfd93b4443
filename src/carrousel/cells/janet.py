"""JANET: just another network, an LSTM with the forget gate alone."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid, tanh


def janet(x: Vector, h: Vector, *, W: Matrices, U: Matrices, b: Vectors, beta: float = 1.0) -> Vector:
    s = W.f @ x + U.f @ h + b.f
    f = sigmoid(s)
    n = tanh(W.c @ x + U.c @ h + b.c)
    h = f * h + (1 - sigmoid(s - beta)) * n
    return h


JANET = Cell(
    janet,
    source="van der Westhuizen & Lasenby 2018",
    start={"b.f": 1.0},
    keeps="f",
    family="lstm",
    aka={"torchrecurrent": "JANET"},
)

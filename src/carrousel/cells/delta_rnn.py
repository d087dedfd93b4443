"""Delta-RNN: the state moves by a gated difference, computed from two products that serve all."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid, tanh


def delta_rnn(x: Vector, h: Vector, *, W: Matrices, V: Matrices, a: Vectors, b: Vectors) -> Vector:
    p = W.h @ x
    q = V.h @ h
    z = tanh(a.pq * p * q + a.q * q + a.p * p + b.z)
    r = sigmoid(p + b.r)
    h = tanh((1 - r) * z + r * h)
    return h


DELTA_RNN = Cell(
    delta_rnn,
    source="Ororbia, Mikolov & Reitter 2017",
    start={"a.pq": 2.0, "a.p": 0.5, "a.q": 0.5, "b.r": 1.0},
    family="gru",
)

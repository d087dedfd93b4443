"""Simple gated recurrent network: one product of the input serves the gate and the candidate."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid, tanh


def sgrn(x: Vector, h: Vector, *, W: Matrices, U: Matrices, b: Vectors) -> Vector:
    p = W.h @ x
    f = sigmoid(p + U.h @ h + b.f)
    h = tanh((1 - f) * p + f * h)
    return h


SGRN = Cell(
    sgrn,
    source="Zu & Wei 2020",
    start={"b.f": 1.0},
    family="gru",
    aka={"torchrecurrent": "SGRN"},
    note="the bias is in the gate alone",
)

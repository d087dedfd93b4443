"""Recurrent additive network: a gated sum of linear maps of the inputs."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid, tanh


def ran(x: Vector, h: Vector, c: Vector, *, W: Matrices, U: Matrices, b: Vectors) -> tuple[Vector, Vector]:
    i = sigmoid(W.i @ x + U.i @ h + b.i)
    f = sigmoid(W.f @ x + U.f @ h + b.f)
    c = i * (W.c @ x) + f * c
    h = tanh(c)
    return h, c


RAN = Cell(
    ran,
    source="Lee, Levy & Zettlemoyer 2017",
    start={"b.f": 1.0},
    keeps="f",
    family="lstm",
    aka={"torchrecurrent": "RAN"},
)

"""Independently recurrent network: each unit hears itself alone."""

from carrousel.cells.starting import uniform
from carrousel.engine import Cell, Matrices, Vector, Vectors, relu


def indrnn(x: Vector, h: Vector, *, W: Matrices, u: Vectors, b: Vectors) -> Vector:
    h = relu(W.h @ x + u.h * h + b.h)
    return h


INDRNN = Cell(
    indrnn,
    source="Li, Li, Cook, Zhu & Gao 2018",
    start={"u.h": uniform(0.0, 1.0)},
    family="plain",
    aka={"torchrecurrent": "IndRNN", "tensorflow": "IndRNNCell", "haste": "IndRNN (tanh)"},
)

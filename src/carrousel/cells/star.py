"""STAR: one gate, made to be stacked deep."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid, tanh


def star(x: Vector, h: Vector, *, W: Matrices, U: Matrices, b: Vectors) -> Vector:
    z = tanh(W.z @ x + b.z)
    k = sigmoid(W.k @ x + U.k @ h + b.k)
    h = tanh((1 - k) * h + k * z)
    return h


STAR = Cell(
    star,
    source="Turkoglu, D'Aronco, Wegner & Schindler 2021",
    family="gru",
    aka={"torchrecurrent": "STAR"},
)

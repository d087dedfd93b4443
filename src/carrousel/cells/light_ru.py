"""Light recurrent unit: a gate over the state, and a candidate from the input alone."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid, tanh


def light_ru(x: Vector, h: Vector, *, W: Matrices, U: Matrices, b: Vectors) -> Vector:
    n = tanh(W.h @ x)
    f = sigmoid(W.f @ x + U.f @ h + b.f)
    h = (1 - f) * h + f * n
    return h


LIGHT_RU = Cell(
    light_ru,
    source="Ye, Zhang, Liu, Li, Chang & Zheng 2024",
    keeps="1 - f",
    family="gru",
    aka={"torchrecurrent": "LightRU"},
)

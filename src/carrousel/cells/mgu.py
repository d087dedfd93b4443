"""Minimal gated unit: one gate resets and updates."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid, tanh


def mgu(x: Vector, h: Vector, *, W: Matrices, U: Matrices, b: Vectors) -> Vector:
    f = sigmoid(W.f @ x + U.f @ h + b.f)
    n = tanh(W.h @ x + U.h @ (f * h) + b.h)
    h = (1 - f) * h + f * n
    return h


MGU = Cell(
    mgu,
    source="Zhou, Wu, Zhang & Zhou 2016",
    keeps="1 - f",
    family="gru",
    aka={"torchrecurrent": "MGU", "flax": "linen.MGUCell"},
    note="RecurrentLayers.jl computes f * h + (1 - f) * n, against its own page",
)

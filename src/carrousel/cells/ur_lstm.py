"""UR-LSTM: a refine gate bends the forget gate towards its ends, and biases start spread out."""

from jax import Array

from carrousel.cells.starting import uniform
from carrousel.engine import Cell, Matrices, Vector, Vectors, log, sigmoid, tanh


def ur_lstm(x: Vector, h: Vector, c: Vector, *, W: Matrices, U: Matrices, b: Vectors) -> tuple[Vector, Vector]:
    f = sigmoid(W.f @ x + U.f @ h + b.f)
    r = sigmoid(W.r @ x + U.r @ h - b.f)
    g = r * (1 - (1 - f) * (1 - f)) + (1 - r) * f * f
    n = tanh(W.c @ x + U.c @ h + b.c)
    c = g * c + (1 - g) * n
    o = sigmoid(W.o @ x + U.o @ h + b.o)
    h = o * tanh(c)
    return h, c


def spread(key: Array, shape: tuple[int, ...]) -> Array:
    """Biases whose logistic is uniform in (0, 1)."""
    u = uniform(1 / shape[0], 1 - 1 / shape[0])(key, shape)
    return log(u / (1 - u))


UR_LSTM = Cell(
    ur_lstm,
    source="Gu, Gulcehre, Paine, Hoffman & Pascanu 2020",
    start={"b.f": spread},
    keeps="g",
    family="lstm",
    note="the refine gate's bias is minus the forget gate's, one letter for both, as the paper writes it",
)

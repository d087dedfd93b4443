"""LSTM that recurs through a projection: fewer recurrent weights for the same number of cells."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid, tanh


def lstm_projected(
    x: Vector, h: Vector, c: Vector, *, W: Matrices, U: Matrices, P: Matrices, b: Vectors, projection: int = 32
) -> tuple[Vector, Vector]:
    i = sigmoid(W.i @ x + U.i @ h + b.i)
    f = sigmoid(W.f @ x + U.f @ h + b.f)
    g = tanh(W.g @ x + U.g @ h + b.g)
    o = sigmoid(W.o @ x + U.o @ h + b.o)
    c = f * c + i * g
    h = P.h @ (o * tanh(c))
    return h, c


LSTM_PROJECTED = Cell(
    lstm_projected,
    source="Sak, Senior & Beaufays 2014",
    sizes={"h": "projection", "P": "projection"},
    start={"b.f": 1.0},
    keeps="f",
    family="lstm",
    aka={"torch": "nn.LSTM(proj_size)"},
    note="without the paper's peepholes, which peephole-lstm-projected has",
)

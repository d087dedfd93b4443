"""LSTM with a highway past it: a gate mixes its output with a linear map of the input."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid, tanh


def highway_lstm(x: Vector, h: Vector, c: Vector, *, W: Matrices, U: Matrices, b: Vectors) -> tuple[Vector, Vector]:
    i = sigmoid(W.i @ x + U.i @ h + b.i)
    f = sigmoid(W.f @ x + U.f @ h + b.f)
    g = tanh(W.c @ x + U.c @ h + b.c)
    o = sigmoid(W.o @ x + U.o @ h + b.o)
    r = sigmoid(W.r @ x + U.r @ h + b.r)
    c = f * c + i * g
    h = r * (o * tanh(c)) + (1 - r) * (W.h @ x)
    return h, c


HIGHWAY_LSTM = Cell(
    highway_lstm,
    source="He, Lee, Lewis & Zettlemoyer 2017",
    start={"b.f": 1.0},
    keeps="f",
    family="lstm",
    aka={"allennlp": "AugmentedLstm"},
    note="not the highway LSTM of Zhang et al. 2016, which is depth-gated-lstm",
)

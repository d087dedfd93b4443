"""LSTM with working memory connections: the gates see the cell through a matrix and a tanh."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid, tanh


def wmc_lstm(
    x: Vector, h: Vector, c: Vector, *, W: Matrices, U: Matrices, V: Matrices, b: Vectors
) -> tuple[Vector, Vector]:
    i = sigmoid(W.i @ x + U.i @ h + tanh(V.i @ c) + b.i)
    f = sigmoid(W.f @ x + U.f @ h + tanh(V.f @ c) + b.f)
    g = tanh(W.g @ x + U.g @ h + b.g)
    c = f * c + i * g
    o = sigmoid(W.o @ x + U.o @ h + tanh(V.o @ c) + b.o)
    h = o * tanh(c)
    return h, c


WMC_LSTM = Cell(
    wmc_lstm,
    source="Landi, Baraldi, Cornia & Cucchiara 2021",
    start={"b.f": 1.0},
    keeps="f",
    family="lstm",
    aka={"torchrecurrent": "WMCLSTM"},
    note="torchrecurrent's page leaves out the tanh, its code has it",
)

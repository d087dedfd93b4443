"""Multiplicative LSTM: the gates hear a product of input and state; not the matrix LSTM, also called mLSTM."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid, tanh


def multiplicative_lstm(x: Vector, h: Vector, c: Vector, *, W: Matrices, b: Vectors) -> tuple[Vector, Vector]:
    m = (W.mx @ x) * (W.mh @ h)
    i = sigmoid(W.ix @ x + W.im @ m + b.i)
    f = sigmoid(W.fx @ x + W.fm @ m + b.f)
    g = tanh(W.hx @ x + W.hm @ m + b.h)
    o = sigmoid(W.ox @ x + W.om @ m + b.o)
    c = f * c + i * g
    h = o * tanh(c)
    return h, c


MULTIPLICATIVE_LSTM = Cell(
    multiplicative_lstm,
    source="Krause, Murray, Renals & Lu 2017",
    start={"b.f": 1.0},
    keeps="f",
    family="lstm",
    aka={"torchrecurrent": "MultiplicativeLSTM", "apex": "mLSTM"},
    note="with the biases that the paper leaves out of its equations",
)

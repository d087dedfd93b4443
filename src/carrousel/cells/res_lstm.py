"""Residual LSTM: the input joins the projected cell before the output gate."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid, tanh


def res_lstm(x: Vector, h: Vector, c: Vector, *, W: Matrices, w: Vectors, b: Vectors) -> tuple[Vector, Vector]:
    i = sigmoid(W.xi @ x + W.hi @ h + w.ci * c + b.i)
    f = sigmoid(W.xf @ x + W.hf @ h + w.cf * c + b.f)
    g = tanh(W.xc @ x + W.hc @ h + b.c)
    c = f * c + i * g
    o = sigmoid(W.xo @ x + W.ho @ h + w.co * c + b.o)
    m = W.p @ tanh(c)
    h = o * (m + W.h @ x)
    return h, c


RES_LSTM = Cell(
    res_lstm,
    source="Kim, El-Khamy & Lee 2017",
    start={"b.f": 1.0},
    keeps="f",
    family="lstm",
    aka={"torchrecurrent": "ResLSTM"},
    note="with the paper's matrix on the input, so that sizes may differ",
)

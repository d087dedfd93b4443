"""Depth-gated LSTM: a gate lets in the cell of the layer below."""

from carrousel.engine import Cell, Input, Matrices, Vector, Vectors, sigmoid, tanh


def depth_gated_lstm(
    x: Vector, below: Input, h: Vector, c: Vector, *, W: Matrices, U: Matrices, p: Vectors, b: Vectors
) -> tuple[Vector, Vector]:
    i = sigmoid(W.i @ x + U.i @ h + p.i * c + b.i)
    f = sigmoid(W.f @ x + U.f @ h + p.f * c + b.f)
    d = sigmoid(W.d @ x + p.d * c + p.below * below + b.d)
    g = tanh(W.g @ x + U.g @ h + b.g)
    c = f * c + i * g + d * below
    o = sigmoid(W.o @ x + U.o @ h + p.o * c + b.o)
    h = o * tanh(c)
    return h, c


DEPTH_GATED_LSTM = Cell(
    depth_gated_lstm,
    source="Yao, Cohn, Vylomova, Duh & Dyer 2015",
    sizes={"below": "hidden"},
    start={"b.f": 1.0},
    keeps="f",
    family="lstm",
    aka={"Zhang et al. 2016": "highway LSTM"},
    note="the cell of the layer below is a further input, of the hidden size",
)

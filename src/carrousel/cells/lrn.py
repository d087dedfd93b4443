"""Lightweight recurrent network: the state meets the gates as it is, with no recurrent weight."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid, tanh


def lrn(x: Vector, h: Vector, *, W: Matrices, b: Vectors) -> Vector:
    q = W.q @ x + b.q
    k = W.k @ x + b.k
    v = W.v @ x + b.v
    i = sigmoid(k + h)
    f = sigmoid(q - h)
    h = tanh(i * v + f * h)
    return h


LRN = Cell(lrn, source="Zhang & Sennrich 2019 (LRN)", family="gru", aka={"bzhangGo/lrn": "lrn"})

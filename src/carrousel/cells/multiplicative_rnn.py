"""Multiplicative RNN: the input chooses the recurrent matrix, through factors."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, tanh


def multiplicative_rnn(x: Vector, h: Vector, *, W: Matrices, b: Vectors) -> Vector:
    f = (W.fx @ x) * (W.fh @ h)
    h = tanh(W.hf @ f + W.hx @ x + b.h)
    return h


MULTIPLICATIVE_RNN = Cell(multiplicative_rnn, source="Sutskever, Martens & Hinton 2011", family="plain")

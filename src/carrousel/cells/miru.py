"""Minion recurrent units: the GRU with its update gate a constant (1), and with its reset gate one too (2)."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid, tanh


def miru_1(x: Vector, h: Vector, *, W: Matrices, U: Matrices, b: Vectors, update: float = 0.5) -> Vector:
    r = sigmoid(W.r @ x + U.r @ h + b.r)
    n = tanh(W.h @ x + U.h @ (r * h) + b.h)
    h = update * h + (1 - update) * n
    return h


def miru_2(
    x: Vector, h: Vector, *, W: Matrices, U: Matrices, b: Vectors, reset: float = 0.5, update: float = 0.5
) -> Vector:
    n = tanh(W.h @ x + U.h @ (reset * h) + b.h)
    h = update * h + (1 - update) * n
    return h


MIRU_1 = Cell(miru_1, source="Zyarah & Kudithipudi 2026", family="gru", aka={"torchrecurrent": "MiRU1"})
MIRU_2 = Cell(miru_2, source="Zyarah & Kudithipudi 2026", family="gru", aka={"torchrecurrent": "MiRU2"})

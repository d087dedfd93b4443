"""GRU with leaner gates: without the input (1), without input and bias (2), with nothing but the bias (3)."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid, tanh


def gru_1(x: Vector, h: Vector, *, W: Matrices, U: Matrices, b: Vectors) -> Vector:
    z = sigmoid(U.z @ h + b.z)
    r = sigmoid(U.r @ h + b.r)
    n = tanh(W.h @ x + U.h @ (r * h) + b.h)
    h = (1 - z) * h + z * n
    return h


def gru_2(x: Vector, h: Vector, *, W: Matrices, U: Matrices, b: Vectors) -> Vector:
    z = sigmoid(U.z @ h)
    r = sigmoid(U.r @ h)
    n = tanh(W.h @ x + U.h @ (r * h) + b.h)
    h = (1 - z) * h + z * n
    return h


def gru_3(x: Vector, h: Vector, *, W: Matrices, U: Matrices, b: Vectors) -> Vector:
    z = sigmoid(b.z)
    r = sigmoid(b.r)
    n = tanh(W.h @ x + U.h @ (r * h) + b.h)
    h = (1 - z) * h + z * n
    return h


GRU_1 = Cell(gru_1, source="Dey & Salem 2017", keeps="1 - z", family="gru", aka={"Dey & Salem 2017": "GRU1"})
GRU_2 = Cell(gru_2, source="Dey & Salem 2017", keeps="1 - z", family="gru", aka={"Dey & Salem 2017": "GRU2"})
GRU_3 = Cell(gru_3, source="Dey & Salem 2017", keeps="1 - z", family="gru", aka={"Dey & Salem 2017": "GRU3"})

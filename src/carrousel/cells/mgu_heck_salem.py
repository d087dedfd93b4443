"""MGU with a leaner gate: without the input (1), without input and bias (2), with nothing but the bias (3)."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid, tanh


def mgu_1(x: Vector, h: Vector, *, W: Matrices, U: Matrices, b: Vectors) -> Vector:
    f = sigmoid(U.f @ h + b.f)
    n = tanh(W.h @ x + U.h @ (f * h) + b.h)
    h = (1 - f) * h + f * n
    return h


def mgu_2(x: Vector, h: Vector, *, W: Matrices, U: Matrices, b: Vectors) -> Vector:
    f = sigmoid(U.f @ h)
    n = tanh(W.h @ x + U.h @ (f * h) + b.h)
    h = (1 - f) * h + f * n
    return h


def mgu_3(x: Vector, h: Vector, *, W: Matrices, U: Matrices, b: Vectors) -> Vector:
    f = sigmoid(b.f)
    n = tanh(W.h @ x + U.h @ (f * h) + b.h)
    h = (1 - f) * h + f * n
    return h


MGU_1 = Cell(mgu_1, source="Heck & Salem 2017", keeps="1 - f", family="gru", aka={"Heck & Salem 2017": "MGU1"})
MGU_2 = Cell(mgu_2, source="Heck & Salem 2017", keeps="1 - f", family="gru", aka={"Heck & Salem 2017": "MGU2"})
MGU_3 = Cell(mgu_3, source="Heck & Salem 2017", keeps="1 - f", family="gru", aka={"Heck & Salem 2017": "MGU3"})

"""Simple recurrent network whose output, not its hidden layer, is heard at the next step."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid


def jordan(x: Vector, y: Vector, *, W: Matrices, U: Matrices, b: Vectors) -> Vector:
    h = sigmoid(W.h @ x + U.h @ y + b.h)
    y = sigmoid(W.y @ h + b.y)
    return y


JORDAN = Cell(jordan, source="Jordan 1986", family="plain", note="hidden layer and output have the same size")

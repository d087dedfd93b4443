"""Intersection RNN (+RNN): one gate passes the input up in depth, another the state on in time."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, relu, sigmoid, tanh


def intersection_rnn(x: Vector, h: Vector, *, W: Matrices, U: Matrices, b: Vectors) -> tuple[Vector, Vector]:
    u = relu(W.y @ x + U.y @ h + b.y)
    n = tanh(W.h @ x + U.h @ h + b.h)
    d = sigmoid(W.gy @ x + U.gy @ h + b.gy)
    g = sigmoid(W.gh @ x + U.gh @ h + b.gh)
    y = d * x + (1 - d) * u
    h = g * h + (1 - g) * n
    return y, h


INTERSECTION_RNN = Cell(
    intersection_rnn,
    source="Collins, Sohl-Dickstein & Sussillo 2017",
    sizes={"x": "hidden"},
    start={"b.gy": 1.0, "b.gh": 1.0},
    keeps="g",
    family="gru",
    aka={"torchrecurrent": "IntersectionRNN", "tensorflow": "IntersectionRNNCell"},
)

"""Chaos-free network: two gates and no recurrent product in the candidate."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid, tanh


def cfn(x: Vector, h: Vector, *, W: Matrices, U: Matrices, V: Matrices, b: Vectors) -> Vector:
    theta = sigmoid(U.theta @ h + V.theta @ x + b.theta)
    eta = sigmoid(U.eta @ h + V.eta @ x + b.eta)
    h = theta * tanh(h) + eta * tanh(W.h @ x)
    return h


CFN = Cell(
    cfn,
    source="Laurent & von Brecht 2017",
    start={"b.theta": 1.0, "b.eta": -1.0},
    family="gru",
    aka={"torchrecurrent": "CFN"},
)

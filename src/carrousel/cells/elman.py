"""Simple recurrent network: the hidden layer hears itself; the paper's units are logistic, tanh came into use later."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, relu, sigmoid, tanh


def elman(x: Vector, h: Vector, *, W: Matrices, U: Matrices, b: Vectors) -> Vector:
    h = tanh(W.h @ x + U.h @ h + b.h)
    return h


def elman_logistic(x: Vector, h: Vector, *, W: Matrices, U: Matrices, b: Vectors) -> Vector:
    h = sigmoid(W.h @ x + U.h @ h + b.h)
    return h


def elman_relu(x: Vector, h: Vector, *, W: Matrices, U: Matrices, b: Vectors) -> Vector:
    h = relu(W.h @ x + U.h @ h + b.h)
    return h


ELMAN = Cell(
    elman,
    source="Elman 1990",
    family="plain",
    aka={"torch": "nn.RNN", "keras": "SimpleRNN", "flax": "nnx.SimpleCell"},
    note="tanh units in place of the paper's logistic ones, which are elman-logistic",
)
ELMAN_LOGISTIC = Cell(elman_logistic, source="Elman 1990", family="plain")
ELMAN_RELU = Cell(
    elman_relu,
    source="Le, Jaitly & Hinton 2015",
    family="plain",
    aka={"torch": 'nn.RNN(nonlinearity="relu")'},
    note="the paper starts the recurrent matrix at the identity (IRNN)",
)

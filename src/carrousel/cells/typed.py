"""Strongly typed networks: gates see the input and the one before it, never the state."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid, tanh


def typed_rnn(x: Vector, h: Vector, *, W: Matrices, V: Matrices, b: Vectors) -> Vector:
    z = W.z @ x
    f = sigmoid(V.f @ x + b.f)
    h = f * h + (1 - f) * z
    return h


def typed_gru(x: Vector, h: Vector, last: Vector, *, V: Matrices, W: Matrices, b: Vectors) -> tuple[Vector, Vector]:
    z = V.z @ last + W.z @ x + b.z
    f = sigmoid(V.f @ last + W.f @ x + b.f)
    o = tanh(V.o @ last + W.o @ x + b.o)
    h = f * h + z * o
    return h, x


def typed_lstm(
    x: Vector, c: Vector, last: Vector, *, V: Matrices, W: Matrices, b: Vectors
) -> tuple[Vector, Vector, Vector]:
    z = V.z @ last + W.z @ x + b.z
    f = sigmoid(V.f @ last + W.f @ x + b.f)
    o = tanh(V.o @ last + W.o @ x + b.o)
    c = f * c + (1 - f) * z
    h = c * o
    return h, c, x


TYPED_RNN = Cell(
    typed_rnn,
    source="Balduzzi & Ghifary 2016",
    start={"b.f": 1.0},
    keeps="f",
    family="linear",
    aka={"torchrecurrent": "TRNN"},
)
TYPED_GRU = Cell(
    typed_gru,
    source="Balduzzi & Ghifary 2016",
    sizes={"last": "x"},
    start={"b.f": 1.0},
    keeps="f",
    family="linear",
    aka={"torchrecurrent": "TGRU"},
)
TYPED_LSTM = Cell(
    typed_lstm,
    source="Balduzzi & Ghifary 2016",
    sizes={"last": "x"},
    start={"b.f": 1.0},
    keeps="f",
    family="linear",
    aka={"torchrecurrent": "TLSTM"},
)

"""IndyLSTM: an LSTM whose units hear only themselves."""

from carrousel.cells.starting import uniform
from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid, tanh


def indy_lstm(x: Vector, h: Vector, c: Vector, *, W: Matrices, u: Vectors, b: Vectors) -> tuple[Vector, Vector]:
    i = sigmoid(W.i @ x + u.i * h + b.i)
    f = sigmoid(W.f @ x + u.f * h + b.f)
    g = tanh(W.g @ x + u.g * h + b.g)
    o = sigmoid(W.o @ x + u.o * h + b.o)
    c = f * c + i * g
    h = o * tanh(c)
    return h, c


INDY_LSTM = Cell(
    indy_lstm,
    source="Gonnet & Deselaers 2020",
    start={"u": uniform(-1.0, 1.0), "b.f": 1.0},
    keeps="f",
    family="lstm",
    aka={"tensorflow": "IndyLSTMCell"},
)

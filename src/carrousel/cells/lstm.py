"""LSTM with a forget gate."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid, tanh


def lstm(x: Vector, h: Vector, c: Vector, *, W: Matrices, U: Matrices, b: Vectors) -> tuple[Vector, Vector]:
    i = sigmoid(W.i @ x + U.i @ h + b.i)
    f = sigmoid(W.f @ x + U.f @ h + b.f)
    g = tanh(W.g @ x + U.g @ h + b.g)
    o = sigmoid(W.o @ x + U.o @ h + b.o)
    c = f * c + i * g
    h = o * tanh(c)
    return h, c


LSTM = Cell(
    lstm,
    source="Gers, Schmidhuber & Cummins 2000",
    start={"b.f": 1.0},
    keeps="f",
    family="lstm",
    aka={"torch": "nn.LSTM", "keras": "LSTM", "flax": "nnx.LSTMCell", "Greff et al. 2017": "NP"},
    note="tanh where the paper squashes by logistics to [-2, 2] and [-1, 1], one cell a memory block, whole gradient",
)

"""LSTM with a memory controller: one gate makes what recurs, another what is put out."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid, tanh


def memory_controller_lstm(
    x: Vector, v: Vector, c: Vector, *, W: Matrices, U: Matrices, b: Vectors
) -> tuple[Vector, Vector, Vector]:
    f = sigmoid(W.f @ x + U.f @ v + b.f)
    i = sigmoid(W.i @ x + U.i @ v + b.i)
    o = sigmoid(W.o @ x + U.o @ v + b.o)
    m = sigmoid(W.m @ x + U.m @ v + b.m)
    g = tanh(W.g @ x + U.g @ v + b.g)
    c = f * c + i * g
    v = m * tanh(c)
    h = o * tanh(c)
    return h, v, c


MEMORY_CONTROLLER_LSTM = Cell(
    memory_controller_lstm,
    source="Ben-Ari & Shwartz-Ziv 2017",
    start={"b.f": 1.0},
    keeps="f",
    family="lstm",
    aka={"torchrecurrent": "MCLSTM"},
    note="not mass-conserving-lstm, which is also called MC-LSTM",
)

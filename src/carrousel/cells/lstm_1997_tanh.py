"""LSTM without forget gate in today's dress: tanh squashing, one cell a block, whole gradient."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid, tanh


def lstm_1997_tanh(x: Vector, h: Vector, c: Vector, *, W: Matrices, U: Matrices, b: Vectors) -> tuple[Vector, Vector]:
    i = sigmoid(W.i @ x + U.i @ h + b.i)
    g = tanh(W.g @ x + U.g @ h + b.g)
    o = sigmoid(W.o @ x + U.o @ h + b.o)
    c = c + i * g
    h = o * tanh(c)
    return h, c


LSTM_1997_TANH = Cell(
    lstm_1997_tanh,
    source="after Hochreiter & Schmidhuber 1997",
    keeps="1",
    family="lstm",
    aka={"torchrecurrent": "OriginalLSTM"},
)

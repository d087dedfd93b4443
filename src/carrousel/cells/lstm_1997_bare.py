"""LSTM of 1997 without output gate, squashing and recurrent links, as in the paper's experiments 2a and 2b."""

from carrousel.engine import Cell, Matrices, Vector, repeat, sigmoid


def lstm_1997_bare(x: Vector, c: Vector, *, W: Matrices, cells: int = 1) -> Vector:
    i = sigmoid(W.i @ x)
    g = sigmoid(W.g @ x)
    c = c + repeat(i, cells) * g
    return c


LSTM_1997_BARE = Cell(
    lstm_1997_bare,
    source="Hochreiter & Schmidhuber 1997",
    sizes={"W.i": "hidden / cells"},
    keeps="1",
    family="lstm",
)

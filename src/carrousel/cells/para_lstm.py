"""ParaLSTM: coupled gates, diagonal recurrence and peepholes, so that Newton's method can run it over time at once."""

from carrousel.cells.starting import uniform
from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid, tanh


def para_lstm(
    x: Vector, h: Vector, c: Vector, *, B: Matrices, a: Vectors, p: Vectors, b: Vectors
) -> tuple[Vector, Vector]:
    f = sigmoid(B.f @ x + a.f * h + p.f * c + b.f)
    g = tanh(B.c @ x + a.c * h + b.c)
    c = f * c + (1 - f) * g
    o = sigmoid(B.o @ x + a.o * h + p.o * c + b.o)
    h = o * tanh(c)
    return h, c


PARA_LSTM = Cell(
    para_lstm,
    source="Danieli, Rodríguez, Sarabia, Suau & Zappella 2025",
    start={"a": uniform(-1.0, 1.0), "b.f": 1.0},
    keeps="f",
    family="lstm",
    aka={"ml-pararnn": "LSTMCIFGDiagMH"},
    note="input matrices are dense, where the authors' code has heads; the paper's ParaGRU is indy-gru",
)

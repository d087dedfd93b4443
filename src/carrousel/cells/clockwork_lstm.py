"""LSTM whose units run at periods of their own and rest in between."""

from carrousel.cells.starting import periods
from carrousel.engine import Cell, Constants, Matrices, Scalar, Vector, Vectors, mod, sigmoid, tanh, where


def clockwork_lstm(
    x: Vector, h: Vector, c: Vector, t: Scalar, *, W: Matrices, U: Matrices, b: Vectors, T: Constants
) -> tuple[Vector, Vector, Scalar]:
    i = sigmoid(W.i @ x + U.i @ h + b.i)
    f = sigmoid(W.f @ x + U.f @ h + b.f)
    g = tanh(W.g @ x + U.g @ h + b.g)
    o = sigmoid(W.o @ x + U.o @ h + b.o)
    runs = mod(t, T.h) == 0
    c = where(runs, f * c + i * g, c)
    h = where(runs, o * tanh(c), h)
    return h, c, t + 1


CLOCKWORK_LSTM = Cell(
    clockwork_lstm,
    source="brainstorm 2015, after Koutník, Greff, Gomez & Schmidhuber 2014",
    start={"T": periods, "b.f": 1.0},
    family="lstm",
    aka={"brainstorm": "ClockworkLstm"},
    note="without peepholes; the clock starts at 0, where all units run",
)

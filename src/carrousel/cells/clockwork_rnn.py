"""Clockwork RNN: groups of units run at periods of their own, and each hears itself and the slower ones."""

from carrousel.cells.starting import periods
from carrousel.engine import Cell, Constants, Matrices, Scalar, Vector, Vectors, mod, tanh, where


def clockwork_rnn(
    x: Vector, h: Vector, t: Scalar, *, W: Matrices, U: Matrices, b: Vectors, T: Constants
) -> tuple[Vector, Scalar]:
    slower = T.h[:, None] <= T.h[None, :]
    n = tanh(W.h @ x + (U.h * slower) @ h + b.h)
    h = where(mod(t, T.h) == 0, n, h)
    return h, t + 1


CLOCKWORK_RNN = Cell(
    clockwork_rnn,
    source="Koutník, Greff, Gomez & Schmidhuber 2014",
    start={"T": periods},
    family="plain",
    aka={"brainstorm": "ClockworkRnn (all units heard)"},
    note="the clock starts at 0, where all units run",
)

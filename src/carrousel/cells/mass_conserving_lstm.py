"""Mass-conserving LSTM: what comes in is stored, moved between cells and let out, and nothing is lost or made."""

from carrousel.cells.starting import identity
from carrousel.engine import Cell, Input, Matrices, Vector, Vectors, reshape, sigmoid, softmax, sum, where


def mass_conserving_lstm(
    x: Vector, m: Input, c: Vector, *, W: Matrices, U: Matrices, b: Vectors
) -> tuple[Vector, Vector]:
    total = sum(c)
    s = c / where(total == 0, 1.0, total)
    i = softmax(W.i @ x + U.i @ s + b.i)
    o = sigmoid(W.o @ x + U.o @ s + b.o)
    R = softmax(reshape(W.r @ x + U.r @ s + b.r, (len(c), len(c))), axis=1)
    mass = c @ R + i * m
    h = o * mass
    c = (1 - o) * mass
    return h, c


MASS_CONSERVING_LSTM = Cell(
    mass_conserving_lstm,
    source="Hoedt, Kratzert, Klotz, Halmich, Holzleitner, Nearing, Hochreiter & Klambauer 2021",
    sizes=dict.fromkeys(("W.r", "U.r", "b.r"), "hidden * hidden"),
    start={"b.r": identity, "b.o": -3.0},
    family="lstm",
    aka={"neuralhydrology": "MCLSTM", "ml-jku/mc-lstm": "MassConservingLSTM"},
    note="one mass input m beside the auxiliary inputs x; gates normalised by softmax, as the authors' code has them",
)

"""Entity-aware LSTM: what does not change over time opens the input gate, once for the whole sequence."""

from carrousel.engine import Cell, Input, Matrices, Vector, Vectors, sigmoid, tanh


def ea_lstm(
    x: Vector,
    static: Input,
    h: Vector,
    c: Vector,
    *,
    W: Matrices,
    U: Matrices,
    b: Vectors,
    attributes: int = 27,
) -> tuple[Vector, Vector]:
    i = sigmoid(W.i @ static + b.i)
    f = sigmoid(W.f @ x + U.f @ h + b.f)
    g = tanh(W.g @ x + U.g @ h + b.g)
    o = sigmoid(W.o @ x + U.o @ h + b.o)
    c = f * c + i * g
    h = o * tanh(c)
    return h, c


EA_LSTM = Cell(
    ea_lstm,
    source="Kratzert, Klotz, Shalev, Klambauer, Hochreiter & Nearing 2019",
    sizes={"static": "attributes"},
    start={"b.f": 3.0},
    keeps="f",
    family="lstm",
    aka={"neuralhydrology": "EALSTM"},
)

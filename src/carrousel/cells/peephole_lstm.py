"""LSTM whose gates see the cell: input and forget gate the old one, output gate the new one."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid, tanh


def peephole_lstm(
    x: Vector, h: Vector, c: Vector, *, W: Matrices, U: Matrices, p: Vectors, b: Vectors
) -> tuple[Vector, Vector]:
    i = sigmoid(W.i @ x + U.i @ h + p.i * c + b.i)
    f = sigmoid(W.f @ x + U.f @ h + p.f * c + b.f)
    g = tanh(W.g @ x + U.g @ h + b.g)
    c = f * c + i * g
    o = sigmoid(W.o @ x + U.o @ h + p.o * c + b.o)
    h = o * tanh(c)
    return h, c


PEEPHOLE_LSTM = Cell(
    peephole_lstm,
    source="Gers, Schraudolph & Schmidhuber 2002",
    start={"b.f": 1.0},
    keeps="f",
    family="lstm",
    aka={"torchrecurrent": "PeepholeLSTM", "tensorflow": "LSTMCell(use_peepholes=True)", "Greff et al. 2017": "V"},
    note="whole gradient, where the paper sends no error back through the peepholes; "
    "RecurrentLayers.jl shows the output gate the old cell",
)

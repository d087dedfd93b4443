"""LSTM with layer normalisation of each gate's sum on its own; the cell is stored normalised."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, norm, sigmoid, tanh


def layer_norm_lstm_gatewise(
    x: Vector, h: Vector, c: Vector, *, W: Matrices, U: Matrices, a: Vectors, b: Vectors
) -> tuple[Vector, Vector]:
    i = sigmoid(a.i * norm(W.i @ x + U.i @ h) + b.i)
    f = sigmoid(a.f * norm(W.f @ x + U.f @ h) + b.f)
    g = tanh(a.g * norm(W.g @ x + U.g @ h) + b.g)
    o = sigmoid(a.o * norm(W.o @ x + U.o @ h) + b.o)
    c = a.c * norm(f * c + i * g) + b.c
    h = o * tanh(c)
    return h, c


LAYER_NORM_LSTM_GATEWISE = Cell(
    layer_norm_lstm_gatewise,
    source="TensorFlow's contrib.rnn 2017, after Ba, Kiros & Hinton 2016",
    start={"a": 1.0, "b.f": 1.0},
    family="lstm",
    aka={"tensorflow": "LayerNormBasicLSTMCell"},
    note="no gate alone is the fraction of the old cell that survives: the norm stands between the two",
)

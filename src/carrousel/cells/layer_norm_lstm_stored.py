"""LSTM with layer normalisation of both products over all gates at once; the cell is stored normalised."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, concatenate, norm, reshape, sigmoid, tanh


def layer_norm_lstm_stored(
    x: Vector, h: Vector, c: Vector, *, W: Matrices, U: Matrices, a: Vectors, k: Vectors, b: Vectors
) -> tuple[Vector, Vector]:
    p = reshape(norm(concatenate([W.i @ x, W.f @ x, W.g @ x, W.o @ x])), (4, -1))
    q = reshape(norm(concatenate([U.i @ h, U.f @ h, U.g @ h, U.o @ h])), (4, -1))
    i = sigmoid(a.i * p[0] + k.i * q[0] + b.i)
    f = sigmoid(a.f * p[1] + k.f * q[1] + b.f)
    g = tanh(a.g * p[2] + k.g * q[2] + b.g)
    o = sigmoid(a.o * p[3] + k.o * q[3] + b.o)
    c = k.c * norm(f * c + i * g) + b.c
    h = o * tanh(c)
    return h, c


LAYER_NORM_LSTM_STORED = Cell(
    layer_norm_lstm_stored,
    source="PyTorch's fastrnns benchmark 2019, after Ba, Kiros & Hinton 2016",
    start={"a": 1.0, "k": 1.0, "b.f": 1.0},
    family="lstm",
    aka={"torch": "custom_lstms.LayerNormLSTMCell", "tensorflow-addons": "LayerNormLSTMCell"},
    note="no gate alone is the fraction of the old cell that survives: the norm stands between the two",
)

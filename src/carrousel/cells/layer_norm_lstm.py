"""LSTM with layer normalisation of both products over all gates at once; the cell is normalised to be read only."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, concatenate, norm, reshape, sigmoid, tanh


def layer_norm_lstm(
    x: Vector, h: Vector, c: Vector, *, W: Matrices, U: Matrices, a: Vectors, k: Vectors, b: Vectors
) -> tuple[Vector, Vector]:
    p = reshape(norm(concatenate([W.i @ x, W.f @ x, W.g @ x, W.o @ x])), (4, -1))
    q = reshape(norm(concatenate([U.i @ h, U.f @ h, U.g @ h, U.o @ h])), (4, -1))
    i = sigmoid(a.i * p[0] + k.i * q[0] + b.i)
    f = sigmoid(a.f * p[1] + k.f * q[1] + b.f)
    g = tanh(a.g * p[2] + k.g * q[2] + b.g)
    o = sigmoid(a.o * p[3] + k.o * q[3] + b.o)
    c = f * c + i * g
    h = o * tanh(k.c * norm(c) + b.c)
    return h, c


LAYER_NORM_LSTM = Cell(
    layer_norm_lstm,
    source="Ba, Kiros & Hinton 2016",
    start={"a": 1.0, "k": 1.0, "b.f": 1.0},
    keeps="f",
    family="lstm",
    aka={"haste": "LayerNormLSTM"},
    note="one bias a gate, where the paper has the shifts of both norms and a bias, of which only the sum matters",
)

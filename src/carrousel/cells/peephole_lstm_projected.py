"""LSTM with peepholes that recurs through a projection, and may output a further, non-recurrent one."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, concatenate, sigmoid, tanh


def peephole_lstm_projected(
    x: Vector, r: Vector, c: Vector, *, W: Matrices, w: Vectors, b: Vectors, projection: int = 32, further: int = 0
) -> tuple[Vector, Vector, Vector]:
    i = sigmoid(W.ix @ x + W.ir @ r + w.ic * c + b.i)
    f = sigmoid(W.fx @ x + W.fr @ r + w.fc * c + b.f)
    g = tanh(W.cx @ x + W.cr @ r + b.c)
    c = f * c + i * g
    o = sigmoid(W.ox @ x + W["or"] @ r + w.oc * c + b.o)
    m = o * tanh(c)
    r = W.rm @ m
    y = concatenate([r, W.pm @ m]) if further else r
    return y, r, c


PEEPHOLE_LSTM_PROJECTED = Cell(
    peephole_lstm_projected,
    source="Sak, Senior & Beaufays 2014",
    sizes={"r": "projection", "W.rm": "projection", "W.pm": "further"},
    start={"b.f": 1.0},
    keeps="f",
    family="lstm",
    aka={"tensorflow": "LSTMCell(use_peepholes=True, num_proj=…)"},
    note="all the letters are the paper's but f, i, o for its gates and g for its cell input",
)

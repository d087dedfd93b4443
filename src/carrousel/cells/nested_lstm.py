"""Nested LSTM: the cell is the output of an LSTM inside."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid, tanh


def nested_lstm(
    x: Vector,
    h: Vector,
    c: Vector,
    n: Vector,
    *,
    W: Matrices,
    U: Matrices,
    b: Vectors,
    V: Matrices,
    R: Matrices,
    a: Vectors,
) -> tuple[Vector, Vector, Vector]:
    i = sigmoid(W.i @ x + U.i @ h + b.i)
    f = sigmoid(W.f @ x + U.f @ h + b.f)
    o = sigmoid(W.o @ x + U.o @ h + b.o)
    p = i * (W.c @ x + U.c @ h + b.c)
    q = f * c
    j = sigmoid(V.i @ p + R.i @ q + a.i)
    k = sigmoid(V.f @ p + R.f @ q + a.f)
    g = tanh(V.c @ p + R.c @ q + a.c)
    n = k * n + j * g
    c = sigmoid(V.o @ p + R.o @ q + a.o) * tanh(n)
    h = o * tanh(c)
    return h, c, n


NESTED_LSTM = Cell(
    nested_lstm,
    source="Moniz & Krueger 2017",
    start={"b.f": 1.0, "a.f": 1.0},
    keeps="k",
    family="lstm",
    aka={"hannw/nlstm": "NLSTMCell(depth=2)"},
    note="the outer cell input is not squashed, as in the paper",
)

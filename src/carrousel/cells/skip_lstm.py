"""Skip LSTM: a binary gate, learned through a straight-through gradient, updates the state or copies it."""

from carrousel.engine import (
    Cell,
    Matrices,
    Scalar,
    Scalars,
    Vector,
    Vectors,
    minimum,
    ones_like,
    sigmoid,
    stop,
    tanh,
    where,
    zeros_like,
)


def skip_lstm(
    x: Vector,
    h: Vector,
    c: Vector,
    p: Scalar,
    *,
    W: Matrices,
    U: Matrices,
    b: Vectors,
    w: Vectors,
    a: Scalars,
) -> tuple[Vector, Vector, Scalar]:
    u = where(stop(p) >= 0.5, ones_like(p), zeros_like(p)) + (p - stop(p))
    i = sigmoid(W.i @ x + U.i @ h + b.i)
    f = sigmoid(W.f @ x + U.f @ h + b.f)
    g = tanh(W.g @ x + U.g @ h + b.g)
    o = sigmoid(W.o @ x + U.o @ h + b.o)
    m = f * c + i * g
    h = u * (o * tanh(m)) + (1 - u) * h
    c = u * m + (1 - u) * c
    d = sigmoid(w.p @ c + a.p)
    p = u * d + (1 - u) * (p + minimum(d, 1 - p))
    return h, c, p


SKIP_LSTM = Cell(
    skip_lstm,
    source="Campos, Jou, Giró-i-Nieto, Torres & Chang 2018",
    start={"p": 1.0, "a.p": 1.0, "b.f": 1.0},
    keeps="1 - u + u * f",
    family="lstm",
    aka={"imatge-upc/skiprnn-2017-telecombcn": "SkipLSTMCell"},
    note="u has the gradient of p, straight through; the first step always updates; 0.5 rounds up; "
    "the paper learns the state before the first step as well",
)

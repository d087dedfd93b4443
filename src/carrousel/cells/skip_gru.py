"""Skip GRU: a binary gate, learned through a straight-through gradient, updates the state or copies it."""

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


def skip_gru(
    x: Vector, h: Vector, p: Scalar, *, W: Matrices, U: Matrices, b: Vectors, w: Vectors, a: Scalars
) -> tuple[Vector, Scalar]:
    u = where(stop(p) >= 0.5, ones_like(p), zeros_like(p)) + (p - stop(p))
    r = sigmoid(W.r @ x + U.r @ h + b.r)
    z = sigmoid(W.z @ x + U.z @ h + b.z)
    n = tanh(W.n @ x + U.n @ (r * h) + b.n)
    m = (1 - z) * n + z * h
    h = u * m + (1 - u) * h
    d = sigmoid(w.p @ h + a.p)
    p = u * d + (1 - u) * (p + minimum(d, 1 - p))
    return h, p


SKIP_GRU = Cell(
    skip_gru,
    source="Campos, Jou, Giró-i-Nieto, Torres & Chang 2018",
    start={"p": 1.0, "a.p": 1.0, "b.r": 1.0, "b.z": 1.0},
    keeps="1 - u + u * z",
    family="gru",
    aka={"imatge-upc/skiprnn-2017-telecombcn": "SkipGRUCell"},
    note="u has the gradient of p, straight through; the first step always updates; 0.5 rounds up; "
    "the paper learns the state before the first step as well",
)

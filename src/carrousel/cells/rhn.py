"""Recurrent highway network: several gated layers within one step."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid, tanh


def rhn(
    x: Vector, s: Vector, *, W: Matrices, H: Matrices, T: Matrices, b: Vectors, a: Vectors, depth: int = 4
) -> Vector:
    for l in range(depth):
        h = tanh(H[l] @ s + b[l] + (W.h @ x if l == 0 else 0))
        t = sigmoid(T[l] @ s + a[l] + (W.t @ x if l == 0 else 0))
        s = h * t + s * (1 - t)
    return s


RHN = Cell(
    rhn,
    source="Zilly, Srivastava, Koutník & Schmidhuber 2017",
    start={"a": -2.0},
    family="gru",
    aka={"RecurrentLayers.jl": "RHN"},
    note="the carry gate is 1 - t, as in all of the paper's experiments",
)

"""Simple recurrent unit: the gates see the old cell unit by unit, and a highway passes the input."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid


def sru(x: Vector, c: Vector, *, W: Matrices, v: Vectors, b: Vectors, alpha: float = 1.0) -> tuple[Vector, Vector]:
    f = sigmoid(W.f @ x + v.f * c + b.f)
    r = sigmoid(W.r @ x + v.r * c + b.r)
    c = f * c + (1 - f) * (W.c @ x)
    h = r * c + (1 - r) * (alpha * x)
    return h, c


SRU = Cell(
    sru,
    source="Lei, Zhang, Wang, Dai & Artzi 2018",
    sizes={"x": "hidden"},
    keeps="f",
    family="linear",
    aka={"asappresearch/sru": "SRU"},
    note="both gates see the old cell; alpha scales the highway, the paper's correction is the square root of 3",
)

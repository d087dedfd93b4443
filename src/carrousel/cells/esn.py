"""Echo state network: a leaky reservoir of fixed random weights; only what reads it is trained."""

from carrousel.cells.starting import uniform
from carrousel.engine import Cell, Matrices, Vector, Vectors, tanh


def esn(
    x: Vector, h: Vector, *, W: Matrices, U: Matrices, b: Vectors, leak: float = 0.3, radius: float = 0.9
) -> Vector:
    n = tanh(W.h @ x + radius * (U.h @ h) + b.h)
    h = (1 - leak) * h + leak * n
    return h


ESN = Cell(
    esn,
    source="Jaeger 2001",
    start={"W": uniform(-0.5, 0.5), "b": uniform(-0.2, 0.2)},
    fixed="W U b",
    family="plain",
    aka={"tensorflow-addons": "ESNCell"},
    note="U starts orthogonal, so the radius is the spectral radius; the paper draws a sparse matrix and scales it",
)

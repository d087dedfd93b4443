"""GRU-D: for series with missing values; inputs decay to their mean and the state to zero while nothing is seen."""

from carrousel.cells.starting import uniform
from carrousel.engine import Cell, Constants, Input, Matrices, Vector, Vectors, exp, relu, sigmoid, tanh


def gru_d(
    x: Vector,
    m: Input,
    delta: Input,
    h: Vector,
    last: Vector,
    *,
    G: Matrices,
    g: Vectors,
    W: Matrices,
    U: Matrices,
    V: Matrices,
    b: Vectors,
    mean: Constants,
) -> tuple[Vector, Vector]:
    decay = exp(-relu(g.x * delta + b.x))
    seen = m * x + (1 - m) * (decay * last + (1 - decay) * mean.x)
    h = exp(-relu(G.h @ delta + b.decay)) * h
    z = sigmoid(W.z @ seen + U.z @ h + V.z @ m + b.z)
    r = sigmoid(W.r @ seen + U.r @ h + V.r @ m + b.r)
    n = tanh(W.h @ seen + U.h @ (r * h) + V.h @ m + b.h)
    h = (1 - z) * h + z * n
    last = m * x + (1 - m) * last
    return h, last


GRU_D = Cell(
    gru_d,
    source="Che, Purushotham, Cho, Sontag & Liu 2018",
    sizes=dict.fromkeys(("m", "delta", "last", "g.x", "b.x", "mean"), "x"),
    start={"mean": 0.0, "g.x": uniform(0.0, 0.1)},
    family="gru",
    aka={"PeterChe1990/GRU-D": "GRUD"},
    note="m is 1 where a value was seen, delta the time since it was; the means are 0, those of standardised inputs",
)

"""Liquid time-constant network: the input changes how fast a unit leaks, solved by a fused implicit step."""

from carrousel.engine import Cell, Input, Matrices, Vector, Vectors, exp, sigmoid


def ltc(
    x: Vector,
    elapsed: Input,
    h: Vector,
    *,
    G: Matrices,
    R: Matrices,
    m: Vectors,
    t: Vectors,
    A: Vectors,
    steps: int = 6,
) -> Vector:
    dt = elapsed / steps
    for _ in range(steps):
        f = sigmoid(R.h @ h + G.h @ x + m.h)
        h = (h + dt * f * A.h) / (1 + dt * (1 / exp(t.h) + f))
    return h


LTC = Cell(
    ltc,
    source="Hasani, Lechner, Amini, Rus & Grosu 2021",
    start={"A": 1.0},
    family="continuous",
    aka={"ncps": "LTC (a conductance for each synapse)"},
    note="the logarithm of each time constant is trained, so that it stays positive",
)

"""Structurally constrained recurrent network: a slow linear context beside the hidden layer."""

from carrousel.engine import Cell, Matrices, Vector, concatenate, sigmoid


def scrn(
    x: Vector,
    h: Vector,
    s: Vector,
    *,
    A: Matrices,
    B: Matrices,
    P: Matrices,
    R: Matrices,
    alpha: float = 0.95,
    context: int = 40,
) -> tuple[Vector, Vector, Vector]:
    s = (1 - alpha) * (B.s @ x) + alpha * s
    h = sigmoid(P.h @ s + A.h @ x + R.h @ h)
    return concatenate([h, s]), h, s


SCRN = Cell(
    scrn,
    source="Mikolov, Joulin, Chopra, Mathieu & Ranzato 2014",
    sizes={"s": "context", "B": "context"},
    family="plain",
    aka={"torchrecurrent": "SCRN (alpha 0, context of the hidden size, with an output layer)"},
    note="the output is h and s, since the paper's output layer reads both",
)

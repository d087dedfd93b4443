"""minGRU: a GRU whose gate and candidate see the input alone."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid


def min_gru(x: Vector, h: Vector, *, W: Matrices, b: Vectors) -> Vector:
    z = sigmoid(W.z @ x + b.z)
    n = W.h @ x + b.h
    h = (1 - z) * h + z * n
    return h


MIN_GRU = Cell(
    min_gru,
    source="Feng, Tung, Ahmed, Bengio & Hajimirsadeghi 2024",
    keeps="1 - z",
    family="linear",
    aka={"lucidrains/minGRU-pytorch": "minGRU (positive candidates)"},
    note="the paper's first form; its form in logarithms makes the candidate positive",
)

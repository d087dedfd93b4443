"""minLSTM: an LSTM whose gates and candidate see the input alone; the two gates are made to sum to one."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid


def min_lstm(x: Vector, h: Vector, *, W: Matrices, b: Vectors) -> Vector:
    p = sigmoid(W.f @ x + b.f)
    q = sigmoid(W.i @ x + b.i)
    f = p / (p + q)
    i = q / (p + q)
    n = W.h @ x + b.h
    h = f * h + i * n
    return h


MIN_LSTM = Cell(
    min_lstm,
    source="Feng, Tung, Ahmed, Bengio & Hajimirsadeghi 2024",
    start={"b.f": 1.0},
    keeps="f",
    family="linear",
    aka={"lucidrains/minGRU-pytorch": "minLSTM (positive candidates)"},
    note="the paper's first form; its form in logarithms makes the candidate positive",
)

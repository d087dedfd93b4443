"""sLSTM: exponential input gate, a normaliser, a stabiliser, and heads of units that hear each other."""

from carrousel.engine import Blocks, Cell, Matrices, Vector, Vectors, exp, log_sigmoid, maximum, sigmoid, tanh


def slstm(
    x: Vector,
    h: Vector,
    c: Vector,
    n: Vector,
    m: Vector,
    *,
    W: Matrices,
    R: Blocks,
    b: Vectors,
    heads: int = 2,
) -> tuple[Vector, Vector, Vector, Vector]:
    z = tanh(W.z @ x + R.z @ h + b.z)
    o = sigmoid(W.o @ x + R.o @ h + b.o)
    i = W.i @ x + R.i @ h + b.i
    f = m + log_sigmoid(W.f @ x + R.f @ h + b.f)
    m = maximum(f, i)
    i = exp(i - m)
    f = exp(f - m)
    c = f * c + i * z
    n = f * n + i
    h = o * c / n
    return h, c, n, m


SLSTM = Cell(
    slstm,
    source="Beck, Pöppel, Spanring, Auer, Prudnikova, Kopp, Klambauer, Brandstetter & Hochreiter 2024",
    start={"m": -1e30, "b.f": 3.0},
    keeps="f",
    family="lstm",
    aka={"xlstm": "sLSTMCell", "flashrnn": "slstm"},
    note="with the logistic forget gate, of the two that the paper offers; i and f are the stabilised ones",
)

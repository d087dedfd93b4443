"""Matrix LSTM (mLSTM of xLSTM): heads that store values under keys in a matrix; not multiplicative-lstm."""

from carrousel.engine import (
    Cell,
    Matrices,
    Matrix,
    Vector,
    Vectors,
    abs,
    exp,
    log_sigmoid,
    maximum,
    reshape,
    sigmoid,
    sum,
)


def matrix_lstm(
    x: Vector, C: Matrix, n: Matrix, m: Vector, *, W: Matrices, b: Vectors, heads: int = 2
) -> tuple[Vector, Matrix, Matrix, Vector]:
    q = reshape(W.q @ x + b.q, (heads, -1))
    k = reshape(W.k @ x + b.k, (heads, -1))
    v = reshape(W.v @ x + b.v, (heads, -1))
    k = k / k.shape[1] ** 0.5
    o = sigmoid(W.o @ x + b.o)
    i = W.i @ x + b.i
    f = m + log_sigmoid(W.f @ x + b.f)
    m = maximum(f, i)
    i = exp(i - m)
    f = exp(f - m)
    C = f[:, None, None] * C + i[:, None, None] * (v[:, :, None] * k[:, None, :])
    n = f[:, None] * n + i[:, None] * k
    read = sum(C * q[:, None, :], axis=2) / maximum(abs(sum(n * q, axis=1)), exp(-m))[:, None]
    h = o * reshape(read, (-1,))
    return h, C, n, m


def matrix_lstm_sigmoid(x: Vector, C: Matrix, *, W: Matrices, b: Vectors, heads: int = 2) -> tuple[Vector, Matrix]:
    q = reshape(W.q @ x + b.q, (heads, -1))
    k = reshape(W.k @ x + b.k, (heads, -1))
    v = reshape(W.v @ x + b.v, (heads, -1))
    k = k / k.shape[1] ** 0.5
    o = sigmoid(W.o @ x + b.o)
    i = sigmoid(W.i @ x + b.i)
    f = sigmoid(W.f @ x + b.f)
    C = f[:, None, None] * C + i[:, None, None] * (v[:, :, None] * k[:, None, :])
    h = o * reshape(sum(C * q[:, None, :], axis=2), (-1,))
    return h, C


SIZES: dict[str, str | tuple[str, ...]] = {
    "C": ("heads", "hidden / heads", "hidden / heads"),
    **dict.fromkeys(("W.i", "W.f", "b.i", "b.f"), "heads"),
}
MATRIX_LSTM = Cell(
    matrix_lstm,
    source="Beck, Pöppel, Spanring, Auer, Prudnikova, Kopp, Klambauer, Brandstetter & Hochreiter 2024",
    sizes={**SIZES, "n": ("heads", "hidden / heads"), "m": "heads"},
    start={"m": -1e30, "b.f": 3.0},
    family="linear",
    aka={"xlstm": "mLSTMCell", "mlstm_kernels": "mLSTMexp"},
    note="the logistic forget gate, of the two that the paper offers; without the norm that its block has at the end",
)
MATRIX_LSTM_SIGMOID = Cell(
    matrix_lstm_sigmoid,
    source="Beck, Pöppel, Lippe & Hochreiter 2025",
    sizes=SIZES,
    start={"b.f": 3.0},
    family="linear",
    aka={"mlstm_kernels": "mLSTMsig"},
    note="without normaliser and stabiliser, as in the paper; without the norm that its block has at the end",
)

"""Time-aware LSTM: the short-term part of the cell fades with the time since the last step."""

from carrousel.engine import Cell, Input, Matrices, Vector, Vectors, log, sigmoid, tanh


def time_aware_lstm(
    x: Vector, elapsed: Input, h: Vector, c: Vector, *, W: Matrices, U: Matrices, b: Vectors
) -> tuple[Vector, Vector]:
    short = tanh(W.d @ c + b.d)
    c = c - short + short / log(2.718281828459045 + elapsed)
    i = sigmoid(W.i @ x + U.i @ h + b.i)
    f = sigmoid(W.f @ x + U.f @ h + b.f)
    g = tanh(W.c @ x + U.c @ h + b.c)
    o = sigmoid(W.o @ x + U.o @ h + b.o)
    c = f * c + i * g
    h = o * tanh(c)
    return h, c


TIME_AWARE_LSTM = Cell(
    time_aware_lstm,
    source="Baytas, Xiao, Zhang, Wang, Jain & Zhou 2017",
    start={"b.f": 1.0},
    family="lstm",
    aka={"illidanlab/T-LSTM": "TLSTM_Unit"},
    note="with the paper's decay 1 / log(e + elapsed), for long elapsed times; not typed-lstm, also called T-LSTM",
)

"""Mogrifier LSTM: input and state gate each other several times before the LSTM sees them."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid, tanh


def mogrifier_lstm(
    x: Vector,
    h: Vector,
    c: Vector,
    *,
    Q: Matrices,
    R: Matrices,
    W: Matrices,
    U: Matrices,
    b: Vectors,
    rounds: int = 5,
) -> tuple[Vector, Vector]:
    for k in range(1, rounds + 1):
        if k % 2:
            x = 2 * sigmoid(Q[k] @ h) * x
        else:
            h = 2 * sigmoid(R[k] @ x) * h
    i = sigmoid(W.i @ x + U.i @ h + b.i)
    f = sigmoid(W.f @ x + U.f @ h + b.f)
    g = tanh(W.g @ x + U.g @ h + b.g)
    o = sigmoid(W.o @ x + U.o @ h + b.o)
    c = f * c + i * g
    h = o * tanh(c)
    return h, c


MOGRIFIER_LSTM = Cell(
    mogrifier_lstm,
    source="Melis, Kočiský & Blunsom 2020",
    sizes={"Q": "x"},
    start={"b.f": 1.0},
    keeps="f",
    family="lstm",
    aka={"lamb": "feature_mask_rounds"},
    note="full-rank Q and R without biases, as the paper writes them",
)

"""F-LSTM: the large matrix of all gates is a product of two through a narrow waist."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid, tanh


def factorised_lstm(
    x: Vector, h: Vector, c: Vector, *, W: Matrices, U: Matrices, P: Matrices, b: Vectors, rank: int = 32
) -> tuple[Vector, Vector]:
    r = W.r @ x + U.r @ h
    i = sigmoid(P.i @ r + b.i)
    f = sigmoid(P.f @ r + b.f)
    g = tanh(P.g @ r + b.g)
    o = sigmoid(P.o @ r + b.o)
    c = f * c + i * g
    h = o * tanh(c)
    return h, c


FACTORISED_LSTM = Cell(
    factorised_lstm,
    source="Kuchaiev & Ginsburg 2017",
    sizes={"W.r": "rank", "U.r": "rank"},
    start={"b.f": 1.0},
    keeps="f",
    family="lstm",
    aka={"okuchaiev/f-lm": "FLSTMCell"},
)

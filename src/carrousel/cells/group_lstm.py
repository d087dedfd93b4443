"""G-LSTM: units and inputs in groups that do not hear each other."""

from carrousel.engine import Blocks, Cell, Vector, Vectors, sigmoid, tanh


def group_lstm(
    x: Vector, h: Vector, c: Vector, *, W: Blocks, U: Blocks, b: Vectors, heads: int = 2
) -> tuple[Vector, Vector]:
    i = sigmoid(W.i @ x + U.i @ h + b.i)
    f = sigmoid(W.f @ x + U.f @ h + b.f)
    g = tanh(W.g @ x + U.g @ h + b.g)
    o = sigmoid(W.o @ x + U.o @ h + b.o)
    c = f * c + i * g
    h = o * tanh(c)
    return h, c


GROUP_LSTM = Cell(
    group_lstm,
    source="Kuchaiev & Ginsburg 2017",
    start={"b.f": 1.0},
    keeps="f",
    family="lstm",
    aka={"tensorflow": "GLSTMCell"},
    note="the groups are called heads, and their number divides the input's size too",
)

"""Addition-subtraction twin-gated network: one product each of input and state makes both gates."""

from carrousel.engine import Cell, Matrices, Vector, sigmoid


def atr(x: Vector, h: Vector, *, W: Matrices, U: Matrices) -> Vector:
    p = W.h @ x
    q = U.h @ h
    i = sigmoid(p + q)
    f = sigmoid(p - q)
    h = i * p + f * h
    return h


ATR = Cell(
    atr,
    source="Zhang, Xiong, Su, Lin & Zhang 2018",
    keeps="f",
    family="gru",
    aka={"torchrecurrent": "ATR"},
    note="the authors' later code puts a tanh around the new state",
)

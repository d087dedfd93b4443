"""Continuous-time RNN: leaky units that hear each other's rates, in Euler steps of the elapsed time."""

from carrousel.engine import Cell, Input, Matrices, Vector, Vectors, exp, sigmoid


def ct_rnn(
    x: Vector, elapsed: Input, u: Vector, *, W: Matrices, U: Matrices, b: Vectors, t: Vectors, steps: int = 4
) -> tuple[Vector, Vector]:
    for _ in range(steps):
        u = u + elapsed / steps * (-u / exp(t.u) + U.u @ sigmoid(u) + W.u @ x + b.u)
    return sigmoid(u), u


CT_RNN = Cell(
    ct_rnn,
    source="Funahashi & Nakamura 1993",
    family="continuous",
    aka={"ncps": "CTRNN"},
    note="the logarithm of each time constant is trained, so that it stays positive; the output is the rates",
)

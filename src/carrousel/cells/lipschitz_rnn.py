"""Lipschitz RNN: an Euler step with a linear and a nonlinear part, both of matrices kept nearly antisymmetric."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, tanh


def lipschitz_rnn(
    x: Vector,
    h: Vector,
    *,
    M: Matrices,
    U: Matrices,
    b: Vectors,
    epsilon: float = 0.03,
    beta: float = 0.75,
    gamma: float = 0.001,
) -> Vector:
    A = (1 - beta) * (M.A + M.A.T) + beta * (M.A - M.A.T)
    W = (1 - beta) * (M.W + M.W.T) + beta * (M.W - M.W.T)
    h = h + epsilon * (A @ h - gamma * h + tanh(W @ h - gamma * h + U.h @ x + b.h))
    return h


LIPSCHITZ_RNN = Cell(
    lipschitz_rnn,
    source="Erichson, Azencot, Queiruga, Hodgkinson & Mahoney 2021",
    family="plain",
    note="one beta and one gamma for both matrices, as in the authors' code",
)

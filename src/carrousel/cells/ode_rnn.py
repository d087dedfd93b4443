"""ODE-RNN: the state flows by a learned differential equation between observations, and a GRU takes these in."""

from carrousel.engine import Cell, Input, Matrices, Vector, Vectors, sigmoid, tanh


def ode_rnn(
    x: Vector,
    elapsed: Input,
    h: Vector,
    *,
    F: Matrices,
    a: Vectors,
    W: Matrices,
    U: Matrices,
    b: Vectors,
    steps: int = 4,
) -> Vector:
    for _ in range(steps):
        h = h + elapsed / steps * (F[2] @ tanh(F[1] @ h + a[1]) + a[2])
    r = sigmoid(W.r @ x + U.r @ h + b.r)
    z = sigmoid(W.z @ x + U.z @ h + b.z)
    n = tanh(W.n @ x + U.n @ (r * h) + b.n)
    h = (1 - z) * n + z * h
    return h


ODE_RNN = Cell(
    ode_rnn,
    source="Rubanova, Chen & Duvenaud 2019",
    family="continuous",
    aka={"YuliaRubanova/latent_ode": "ODE_RNN"},
    note="solved by Euler steps of the elapsed time; the GRU has linear gates, where the authors' code has small nets",
)

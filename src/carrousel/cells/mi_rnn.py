"""Simple recurrent network with multiplicative integration: input and recurrent product meet in a product as well."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, tanh


def mi_rnn(x: Vector, h: Vector, *, W: Matrices, U: Matrices, a: Vectors, b: Vectors) -> Vector:
    p = W.h @ x
    q = U.h @ h
    h = tanh(a.pq * p * q + a.q * q + a.p * p + b.h)
    return h


MI_RNN = Cell(
    mi_rnn,
    source="Wu, Zhang, Zhang, Bengio & Salakhutdinov 2016",
    start={"a.pq": 1.0, "a.p": 0.5, "a.q": 0.5},
    family="plain",
    aka={"RecurrentLayers.jl": "integration_mode=:multiplicative_integration"},
)

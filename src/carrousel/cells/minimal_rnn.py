"""MinimalRNN: the input is mapped to a latent code, and a gate mixes it into the state."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid, tanh


def minimal_rnn(x: Vector, h: Vector, *, W: Matrices, U: Matrices, b: Vectors) -> Vector:
    z = tanh(W.x @ x + b.z)
    u = sigmoid(U.h @ h + U.z @ z + b.u)
    h = u * h + (1 - u) * z
    return h


MINIMAL_RNN = Cell(
    minimal_rnn,
    source="Chen 2017",
    start={"b.u": 1.0},
    keeps="u",
    family="gru",
    aka={"torchrecurrent": "MinimalRNN"},
)

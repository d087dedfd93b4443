"""AntisymmetricRNN: an Euler step of a differential equation that is stable since its matrix is antisymmetric."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid, tanh


def antisymmetric_rnn(
    x: Vector, h: Vector, *, W: Matrices, V: Matrices, b: Vectors, epsilon: float = 0.1, gamma: float = 0.01
) -> Vector:
    h = h + epsilon * tanh((W.h - W.h.T) @ h - gamma * h + V.h @ x + b.h)
    return h


def gated_antisymmetric_rnn(
    x: Vector, h: Vector, *, W: Matrices, V: Matrices, b: Vectors, epsilon: float = 0.1, gamma: float = 0.01
) -> Vector:
    a = (W.h - W.h.T) @ h - gamma * h
    z = sigmoid(a + V.z @ x + b.z)
    h = h + epsilon * z * tanh(a + V.h @ x + b.h)
    return h


ANTISYMMETRIC_RNN = Cell(
    antisymmetric_rnn,
    source="Chang, Chen, Haber & Chi 2019",
    family="plain",
    aka={"torchrecurrent": "AntisymmetricRNN"},
)
GATED_ANTISYMMETRIC_RNN = Cell(
    gated_antisymmetric_rnn,
    source="Chang, Chen, Haber & Chi 2019",
    family="plain",
    aka={"torchrecurrent": "GatedAntisymmetricRNN"},
    note="the gate shares the matrix of the candidate, as in the paper",
)

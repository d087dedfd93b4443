"""coRNN: coupled oscillators, damped and driven."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, tanh


def cornn(
    x: Vector,
    y: Vector,
    z: Vector,
    *,
    V: Matrices,
    W: Matrices,
    b: Vectors,
    dt: float = 0.042,
    gamma: float = 2.7,
    epsilon: float = 4.7,
) -> tuple[Vector, Vector]:
    z = z + dt * (tanh(W.y @ y + W.z @ z + V.y @ x + b.y) - gamma * y - epsilon * z)
    y = y + dt * z
    return y, z


CORNN = Cell(
    cornn,
    source="Rusch & Mishra 2021 (coRNN)",
    family="plain",
    aka={"torchrecurrent": "coRNN"},
    note="damping by the old z, as in the authors' code; the default numbers are those for sequential MNIST",
)

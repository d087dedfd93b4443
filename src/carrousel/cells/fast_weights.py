"""Fast weights: a decaying matrix of recent states is an associative memory, asked several times in each step."""

from carrousel.engine import Cell, Matrices, Matrix, Vector, Vectors, norm, outer, relu


def fast_weights(
    x: Vector,
    h: Vector,
    A: Matrix,
    *,
    W: Matrices,
    C: Matrices,
    a: Vectors,
    b: Vectors,
    inner: int = 1,
    decay: float = 0.95,
    rate: float = 0.5,
) -> tuple[Vector, Matrix]:
    A = decay * A + rate * outer(h, h)
    z = W.h @ h + C.h @ x + b.z
    h = relu(z)
    for _ in range(inner):
        h = relu(a.h * norm(z + A @ h) + b.h)
    return h, A


FAST_WEIGHTS = Cell(
    fast_weights,
    source="Ba, Hinton, Mnih, Leibo & Ionescu 2016",
    start={"a": 1.0},
    family="plain",
)

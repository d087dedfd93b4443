"""UnICORNN: undamped oscillators that do not hear each other, each with a time step of its own."""

from carrousel.cells.starting import uniform
from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid, tanh


def unicornn(
    x: Vector,
    y: Vector,
    z: Vector,
    *,
    V: Matrices,
    w: Vectors,
    c: Vectors,
    b: Vectors,
    dt: float = 0.1,
    alpha: float = 1.0,
) -> tuple[Vector, Vector]:
    s = dt * sigmoid(c.s)
    z = z - s * (tanh(w.y * y + V.y @ x + b.y) + alpha * y)
    y = y + s * z
    return y, z


UNICORNN = Cell(
    unicornn,
    source="Rusch & Mishra 2021 (UnICORNN)",
    start={"w": uniform(0.0, 1.0), "c": uniform(-0.1, 0.1)},
    family="plain",
    aka={"torchrecurrent": "UnICORNN"},
)

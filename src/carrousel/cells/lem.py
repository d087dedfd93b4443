"""Long expressive memory: two states, each with time steps that the net chooses; y hears the new z."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid, tanh


def lem(
    x: Vector, y: Vector, z: Vector, *, W: Matrices, V: Matrices, b: Vectors, dt: float = 1.0
) -> tuple[Vector, Vector]:
    s = dt * sigmoid(W[1] @ y + V[1] @ x + b[1])
    r = dt * sigmoid(W[2] @ y + V[2] @ x + b[2])
    z = (1 - s) * z + s * tanh(W.z @ y + V.z @ x + b.z)
    y = (1 - r) * y + r * tanh(W.y @ z + V.y @ x + b.y)
    return y, z


LEM = Cell(
    lem,
    source="Rusch, Mishra, Erichson & Mahoney 2022",
    keeps="1 - s",
    family="plain",
    aka={"torchrecurrent": "LEM"},
    note="torchrecurrent 0.2.5 and RecurrentLayers.jl show y the old z",
)

"""τ-GRU: a weighted feedback of the state of some steps ago."""

from carrousel.engine import Cell, Matrices, Matrix, Vector, Vectors, concatenate, sigmoid, tanh


def tau_gru(
    x: Vector, h: Vector, past: Matrix, *, W: Matrices, U: Matrices, b: Vectors, delay: int = 20
) -> tuple[Vector, Matrix]:
    u = tanh(W[1] @ h + U[1] @ x + b[1])
    z = tanh(W[2] @ past[-1] + U[2] @ x + b[2])
    g = sigmoid(W[3] @ h + U[3] @ x + b[3])
    a = sigmoid(W[4] @ h + U[4] @ x + b[4])
    past = concatenate([h[None], past[:-1]])
    h = (1 - g) * h + g * (u + a * z)
    return h, past


TAU_GRU = Cell(
    tau_gru,
    source="Erichson, Lim & Mahoney 2022",
    sizes={"past": ("delay", "hidden")},
    keeps="1 - g",
    family="gru",
    aka={"torchrecurrent": "tauGRU"},
)

"""NAS cell: a tree of eight sums or products that a search found."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, relu, sigmoid, tanh


def nas(x: Vector, h: Vector, c: Vector, *, W: Matrices, U: Matrices, b: Vectors) -> tuple[Vector, Vector]:
    p = tanh(sigmoid(W[0] @ x + U[0] @ h + b[0]) * relu(W[1] @ x + U[1] @ h + b[1]))
    q = tanh(sigmoid(W[2] @ x + U[2] @ h + b[2]) + relu((W[3] @ x) * (U[3] @ h + b[3])))
    r = tanh(tanh(W[4] @ x + U[4] @ h + b[4]) * sigmoid(W[5] @ x + U[5] @ h + b[5]))
    s = sigmoid(tanh(W[6] @ x + U[6] @ h + b[6]) + sigmoid(W[7] @ x + U[7] @ h + b[7]))
    c = tanh(p + c) * q
    h = tanh(c * tanh(r + s))
    return h, c


NAS = Cell(
    nas,
    source="Zoph & Le 2017",
    family="lstm",
    aka={"torchrecurrent": "NAS", "tensorflow": "NASCell(use_biases=True)"},
    note="as TensorFlow, whose authors searched it; torchrecurrent adds where the fourth leaf multiplies",
)

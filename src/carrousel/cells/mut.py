"""Three mutated GRUs that a search over architectures found."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid, tanh


def mut_1(x: Vector, h: Vector, *, W: Matrices, b: Vectors) -> Vector:
    z = sigmoid(W.xz @ x + b.z)
    r = sigmoid(W.xr @ x + W.hr @ h + b.r)
    h = tanh(W.hh @ (r * h) + tanh(x) + b.h) * z + h * (1 - z)
    return h


def mut_2(x: Vector, h: Vector, *, W: Matrices, b: Vectors) -> Vector:
    z = sigmoid(W.xz @ x + W.hz @ h + b.z)
    r = sigmoid(x + W.hr @ h + b.r)
    h = tanh(W.hh @ (r * h) + W.xh @ x + b.h) * z + h * (1 - z)
    return h


def mut_3(x: Vector, h: Vector, *, W: Matrices, b: Vectors) -> Vector:
    z = sigmoid(W.xz @ x + W.hz @ tanh(h) + b.z)
    r = sigmoid(W.xr @ x + W.hr @ h + b.r)
    h = tanh(W.hh @ (r * h) + W.xh @ x + b.h) * z + h * (1 - z)
    return h


MUT_1 = Cell(
    mut_1,
    source="Józefowicz, Zaremba & Sutskever 2015",
    sizes={"x": "hidden"},
    keeps="1 - z",
    family="gru",
    aka={"torchrecurrent": "MUT1 (a matrix on the bare x)"},
    note="x stands bare in the candidate, so it has the hidden size",
)
MUT_2 = Cell(
    mut_2,
    source="Józefowicz, Zaremba & Sutskever 2015",
    sizes={"x": "hidden"},
    keeps="1 - z",
    family="gru",
    aka={"torchrecurrent": "MUT2 (a matrix on the bare x)"},
    note="x stands bare in the reset gate, so it has the hidden size",
)
MUT_3 = Cell(
    mut_3,
    source="Józefowicz, Zaremba & Sutskever 2015",
    keeps="1 - z",
    family="gru",
    aka={"torchrecurrent": "MUT3"},
    note="torchrecurrent's page leaves out the tanh in the update gate, its code has it",
)

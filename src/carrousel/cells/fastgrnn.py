"""FastGRNN: gate and candidate share their matrices; the low-rank form factorises these."""

from carrousel.engine import Cell, Matrices, Scalars, Vector, Vectors, sigmoid, tanh


def fastgrnn(x: Vector, h: Vector, *, W: Matrices, U: Matrices, b: Vectors, s: Scalars) -> Vector:
    a = W.h @ x + U.h @ h
    z = sigmoid(a + b.z)
    n = tanh(a + b.h)
    h = (sigmoid(s.zeta) * (1 - z) + sigmoid(s.nu)) * n + z * h
    return h


def fastgrnn_low_rank(
    x: Vector, h: Vector, *, W: Matrices, U: Matrices, b: Vectors, s: Scalars, rank: int = 16
) -> Vector:
    a = W[1] @ (W[2] @ x) + U[1] @ (U[2] @ h)
    z = sigmoid(a + b.z)
    n = tanh(a + b.h)
    h = (sigmoid(s.zeta) * (1 - z) + sigmoid(s.nu)) * n + z * h
    return h


FASTGRNN = Cell(
    fastgrnn,
    source="Kusupati, Singh, Bhatia, Kumar, Jain & Varma 2018",
    start={"s.zeta": 1.0, "s.nu": -4.0, "b": 1.0},
    keeps="z",
    family="gru",
    aka={"torchrecurrent": "FastGRNN", "edgeml": "FastGRNNCell"},
)
FASTGRNN_LOW_RANK = Cell(
    fastgrnn_low_rank,
    source="Kusupati, Singh, Bhatia, Kumar, Jain & Varma 2018",
    sizes={"W.2": "rank", "U.2": "rank"},
    start={"s.zeta": 1.0, "s.nu": -4.0, "b": 1.0},
    keeps="z",
    family="gru",
    aka={"edgeml": "FastGRNNCell(wRank, uRank)"},
    note="without the paper's sparsity and quantisation; the rank is the same for both matrices",
)

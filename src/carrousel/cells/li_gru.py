"""Light GRU: no reset gate, rectified candidate, normalised input products; in SLi-GRU recurrent ones as well."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, concatenate, norm, relu, reshape, sigmoid


def li_gru(x: Vector, h: Vector, *, W: Matrices, U: Matrices, a: Vectors, b: Vectors) -> Vector:
    z = sigmoid(a.z * norm(W.z @ x) + b.z + U.z @ h)
    n = relu(a.h * norm(W.h @ x) + b.h + U.h @ h)
    h = z * h + (1 - z) * n
    return h


def sli_gru(x: Vector, h: Vector, *, W: Matrices, U: Matrices, a: Vectors, b: Vectors) -> Vector:
    q = reshape(norm(concatenate([U.h @ h, U.z @ h])), (2, -1))
    z = sigmoid(a.z * norm(W.z @ x) + b.z + q[1])
    n = relu(a.h * norm(W.h @ x) + b.h + q[0])
    h = z * h + (1 - z) * n
    return h


LI_GRU = Cell(
    li_gru,
    source="Ravanelli, Brakel, Omologo & Bengio 2018",
    start={"a": 1.0},
    keeps="z",
    family="gru",
    aka={"speechbrain": "LiGRU", "torchrecurrent": "LiGRU (normalises nothing)"},
    note="normalised over the units of one step of one sequence, where the paper normalises over the batch",
)
SLI_GRU = Cell(
    sli_gru,
    source="Moumen & Parcollet 2023",
    start={"a": 1.0},
    keeps="z",
    family="gru",
    aka={"speechbrain": "SLiGRU"},
    note="input products normalised over the units of one step, where the paper's are over the batch; the recurrent "
    "ones together and without gain, as in the authors' code",
)

"""GRU with layer normalisation of both products over all gates at once, reset after."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, concatenate, norm, reshape, sigmoid, tanh


def layer_norm_gru(x: Vector, h: Vector, *, W: Matrices, U: Matrices, a: Vectors, k: Vectors, b: Vectors) -> Vector:
    p = reshape(norm(concatenate([W.r @ x, W.z @ x, W.n @ x])), (3, -1))
    q = reshape(norm(concatenate([U.r @ h, U.z @ h, U.n @ h])), (3, -1))
    r = sigmoid(a.r * p[0] + k.r * q[0] + b.r)
    z = sigmoid(a.z * p[1] + k.z * q[1] + b.z)
    n = tanh(a.n * p[2] + b.n + r * (k.n * q[2] + b.hn))
    h = (1 - z) * n + z * h
    return h


LAYER_NORM_GRU = Cell(
    layer_norm_gru,
    source="Ba, Kiros & Hinton 2016",
    start={"a": 1.0, "k": 1.0},
    keeps="z",
    family="gru",
    aka={"haste": "LayerNormGRU"},
    note="all three gates at once, as haste has them; the paper normalises the candidate apart",
)

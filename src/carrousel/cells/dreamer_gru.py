"""Block GRU of DreamerV3: heads of units that hear each other through normalised codes of state and input."""

from carrousel.engine import Blocks, Cell, Matrices, Vector, Vectors, rms_norm, sigmoid, silu, tanh


def dreamer_gru(
    x: Vector,
    h: Vector,
    *,
    A: Matrices,
    R: Blocks,
    W: Matrices,
    V: Matrices,
    a: Vectors,
    b: Vectors,
    heads: int = 2,
    code: int = 64,
) -> Vector:
    p = silu(a.h * rms_norm(A.h @ h + b.p))
    q = silu(a.x * rms_norm(A.x @ x + b.q))
    d = silu(a.d * rms_norm(R.d @ h + W.d @ p + V.d @ q + b.d))
    r = sigmoid(R.r @ d + b.r)
    n = tanh(r * (R.n @ d + b.n))
    u = sigmoid(R.u @ d + b.u)
    h = u * n + (1 - u) * h
    return h


DREAMER_GRU = Cell(
    dreamer_gru,
    source="Hafner, Pašukonis, Ba & Lillicrap 2023",
    sizes=dict.fromkeys(("A", "a.h", "a.x", "b.p", "b.q"), "code"),
    start={"a": 1.0, "b.u": -1.0},
    keeps="1 - u",
    family="gru",
    aka={"dreamerv3": "RSSM._core", "torchrl": "DreamerV3BlockGRU"},
    note="one input in place of the world model's two, with one hidden block layer; "
    "the authors' constant -1 in the update gate is where its bias starts",
)

"""GRU with the reset gate before the recurrent product, the form that the paper's last version prints."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid, tanh


def gru_reset_before(x: Vector, h: Vector, *, W: Matrices, U: Matrices, b: Vectors) -> Vector:
    r = sigmoid(W.r @ x + U.r @ h + b.r)
    z = sigmoid(W.z @ x + U.z @ h + b.z)
    n = tanh(W.n @ x + U.n @ (r * h) + b.n)
    h = (1 - z) * n + z * h
    return h


GRU_RESET_BEFORE = Cell(
    gru_reset_before,
    source="Cho, van Merriënboer, Gulcehre, Bahdanau, Bougares, Schwenk & Bengio 2014 (third version)",
    keeps="z",
    family="gru",
    aka={"keras": "GRU(reset_after=False)", "onnx": "linear_before_reset=0", "flux": "GRUv3"},
)

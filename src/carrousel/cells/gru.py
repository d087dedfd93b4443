"""GRU with the reset gate after the recurrent product, the form of cuDNN and torch."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid, tanh


def gru(x: Vector, h: Vector, *, W: Matrices, U: Matrices, b: Vectors) -> Vector:
    r = sigmoid(W.r @ x + U.r @ h + b.r)
    z = sigmoid(W.z @ x + U.z @ h + b.z)
    n = tanh(W.n @ x + b.n + r * (U.n @ h + b.hn))
    h = (1 - z) * n + z * h
    return h


GRU = Cell(
    gru,
    source="Cho, van Merriënboer, Gulcehre, Bahdanau, Bougares, Schwenk & Bengio 2014 (first version)",
    keeps="z",
    family="gru",
    aka={
        "torch": "nn.GRU",
        "keras": "GRU(reset_after=True)",
        "flax": "nnx.GRUCell",
        "onnx": "linear_before_reset=1",
        "flux": "GRU",
    },
    note="with the biases of cuDNN; z keeps the old state, as in the paper and torch; in Chung et al. 2014 1 - z does",
)

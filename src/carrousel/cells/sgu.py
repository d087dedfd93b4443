"""Simple gated unit, which multiplies input, state and state again, and its deep form with one product more."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, clip, sigmoid, softplus, tanh


def sgu(x: Vector, h: Vector, *, W: Matrices, b: Vectors) -> Vector:
    p = W.xh @ x + b.g
    g = tanh(W.zxh @ (p * h))
    out = softplus(g * h)
    z = clip(0.2 * (W.xz @ x + W.hz @ h + b.z) + 0.5, 0.0, 1.0)
    h = (1 - z) * h + z * out
    return h


def dsgu(x: Vector, h: Vector, *, W: Matrices, b: Vectors) -> Vector:
    p = W.xh @ x + b.g
    g = tanh(W.zxh @ (p * h))
    out = sigmoid(W.go @ (g * h))
    z = clip(0.2 * (W.xz @ x + W.hz @ h + b.z) + 0.5, 0.0, 1.0)
    h = (1 - z) * h + z * out
    return h


SGU = Cell(
    sgu,
    source="Gao & Głowacka 2016",
    keeps="1 - z",
    family="gru",
    aka={"torchrecurrent": "SGU"},
    note="the hard sigmoid has the slope 0.2 of the authors' framework; torchrecurrent has 1 / 6",
)
DSGU = Cell(
    dsgu,
    source="Gao & Głowacka 2016",
    keeps="1 - z",
    family="gru",
    aka={"torchrecurrent": "DSGU"},
    note="the hard sigmoid has the slope 0.2 of the authors' framework; torchrecurrent has 1 / 6",
)

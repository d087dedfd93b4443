"""Quasi-recurrent network: gates from a convolution over two inputs, then pooling by f, fo or ifo gates."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid, tanh


def qrnn_f(x: Vector, h: Vector, last: Vector, *, W: Matrices, V: Matrices, b: Vectors) -> tuple[Vector, Vector]:
    z = tanh(W.z @ x + V.z @ last + b.z)
    f = sigmoid(W.f @ x + V.f @ last + b.f)
    h = f * h + (1 - f) * z
    return h, x


def qrnn_fo(
    x: Vector, c: Vector, last: Vector, *, W: Matrices, V: Matrices, b: Vectors
) -> tuple[Vector, Vector, Vector]:
    z = tanh(W.z @ x + V.z @ last + b.z)
    f = sigmoid(W.f @ x + V.f @ last + b.f)
    o = sigmoid(W.o @ x + V.o @ last + b.o)
    c = f * c + (1 - f) * z
    h = o * c
    return h, c, x


def qrnn_ifo(
    x: Vector, c: Vector, last: Vector, *, W: Matrices, V: Matrices, b: Vectors
) -> tuple[Vector, Vector, Vector]:
    z = tanh(W.z @ x + V.z @ last + b.z)
    i = sigmoid(W.i @ x + V.i @ last + b.i)
    f = sigmoid(W.f @ x + V.f @ last + b.f)
    o = sigmoid(W.o @ x + V.o @ last + b.o)
    c = f * c + i * z
    h = o * c
    return h, c, x


NOTE = "filters of width 2, with the biases of the authors' code; not a quaternion network, also called QRNN"
QRNN_F = Cell(
    qrnn_f,
    source="Bradbury, Merity, Xiong & Socher 2017",
    sizes={"last": "x"},
    start={"b.f": 1.0},
    keeps="f",
    family="linear",
    note=NOTE,
)
QRNN_FO = Cell(
    qrnn_fo,
    source="Bradbury, Merity, Xiong & Socher 2017",
    sizes={"last": "x"},
    start={"b.f": 1.0},
    keeps="f",
    family="linear",
    aka={"salesforce/pytorch-qrnn": "QRNN(window=2)"},
    note=NOTE,
)
QRNN_IFO = Cell(
    qrnn_ifo,
    source="Bradbury, Merity, Xiong & Socher 2017",
    sizes={"last": "x"},
    start={"b.f": 1.0},
    keeps="f",
    family="linear",
    note=NOTE,
)

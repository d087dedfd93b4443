"""The peephole LSTM with one part taken away or added, in the letters of peephole-lstm; V and NP are it and lstm."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid, tanh


def lstm_nig(
    x: Vector, h: Vector, c: Vector, *, W: Matrices, U: Matrices, p: Vectors, b: Vectors
) -> tuple[Vector, Vector]:
    f = sigmoid(W.f @ x + U.f @ h + p.f * c + b.f)
    g = tanh(W.g @ x + U.g @ h + b.g)
    c = f * c + g
    o = sigmoid(W.o @ x + U.o @ h + p.o * c + b.o)
    h = o * tanh(c)
    return h, c


def lstm_nfg(
    x: Vector, h: Vector, c: Vector, *, W: Matrices, U: Matrices, p: Vectors, b: Vectors
) -> tuple[Vector, Vector]:
    i = sigmoid(W.i @ x + U.i @ h + p.i * c + b.i)
    g = tanh(W.g @ x + U.g @ h + b.g)
    c = c + i * g
    o = sigmoid(W.o @ x + U.o @ h + p.o * c + b.o)
    h = o * tanh(c)
    return h, c


def lstm_nog(
    x: Vector, h: Vector, c: Vector, *, W: Matrices, U: Matrices, p: Vectors, b: Vectors
) -> tuple[Vector, Vector]:
    i = sigmoid(W.i @ x + U.i @ h + p.i * c + b.i)
    f = sigmoid(W.f @ x + U.f @ h + p.f * c + b.f)
    g = tanh(W.g @ x + U.g @ h + b.g)
    c = f * c + i * g
    h = tanh(c)
    return h, c


def lstm_niaf(
    x: Vector, h: Vector, c: Vector, *, W: Matrices, U: Matrices, p: Vectors, b: Vectors
) -> tuple[Vector, Vector]:
    i = sigmoid(W.i @ x + U.i @ h + p.i * c + b.i)
    f = sigmoid(W.f @ x + U.f @ h + p.f * c + b.f)
    g = W.g @ x + U.g @ h + b.g
    c = f * c + i * g
    o = sigmoid(W.o @ x + U.o @ h + p.o * c + b.o)
    h = o * tanh(c)
    return h, c


def lstm_noaf(
    x: Vector, h: Vector, c: Vector, *, W: Matrices, U: Matrices, p: Vectors, b: Vectors
) -> tuple[Vector, Vector]:
    i = sigmoid(W.i @ x + U.i @ h + p.i * c + b.i)
    f = sigmoid(W.f @ x + U.f @ h + p.f * c + b.f)
    g = tanh(W.g @ x + U.g @ h + b.g)
    c = f * c + i * g
    o = sigmoid(W.o @ x + U.o @ h + p.o * c + b.o)
    h = o * c
    return h, c


def lstm_cifg(
    x: Vector, h: Vector, c: Vector, *, W: Matrices, U: Matrices, p: Vectors, b: Vectors
) -> tuple[Vector, Vector]:
    i = sigmoid(W.i @ x + U.i @ h + p.i * c + b.i)
    f = 1 - i
    g = tanh(W.g @ x + U.g @ h + b.g)
    c = f * c + i * g
    o = sigmoid(W.o @ x + U.o @ h + p.o * c + b.o)
    h = o * tanh(c)
    return h, c


def lstm_fgr(
    x: Vector,
    h: Vector,
    c: Vector,
    i: Vector,
    f: Vector,
    o: Vector,
    *,
    W: Matrices,
    U: Matrices,
    R: Matrices,
    p: Vectors,
    b: Vectors,
) -> tuple[Vector, Vector, Vector, Vector, Vector]:
    zi = W.i @ x + U.i @ h + R.ii @ i + R.fi @ f + R.oi @ o + b.i
    zf = W.f @ x + U.f @ h + R["if"] @ i + R.ff @ f + R.of @ o + b.f
    zo = W.o @ x + U.o @ h + R.io @ i + R.fo @ f + R.oo @ o + b.o
    i = sigmoid(zi + p.i * c)
    f = sigmoid(zf + p.f * c)
    g = tanh(W.g @ x + U.g @ h + b.g)
    c = f * c + i * g
    o = sigmoid(zo + p.o * c)
    h = o * tanh(c)
    return h, c, i, f, o


SOURCE = "Greff, Srivastava, Koutník, Steunebrink & Schmidhuber 2017"
LSTM_NIG = Cell(lstm_nig, source=SOURCE, start={"b.f": 1.0}, keeps="f", family="lstm", aka={"Greff et al. 2017": "NIG"})
LSTM_NFG = Cell(lstm_nfg, source=SOURCE, keeps="1", family="lstm", aka={"Greff et al. 2017": "NFG"})
LSTM_NOG = Cell(lstm_nog, source=SOURCE, start={"b.f": 1.0}, keeps="f", family="lstm", aka={"Greff et al. 2017": "NOG"})
LSTM_NIAF = Cell(
    lstm_niaf, source=SOURCE, start={"b.f": 1.0}, keeps="f", family="lstm", aka={"Greff et al. 2017": "NIAF"}
)
LSTM_NOAF = Cell(
    lstm_noaf, source=SOURCE, start={"b.f": 1.0}, keeps="f", family="lstm", aka={"Greff et al. 2017": "NOAF"}
)
LSTM_CIFG = Cell(
    lstm_cifg,
    source=SOURCE,
    start={"b.i": -1.0},
    keeps="1 - i",
    family="lstm",
    aka={"Greff et al. 2017": "CIFG", "tensorflow": "CoupledInputForgetGateLSTMCell(use_peepholes=True)"},
)
LSTM_FGR = Cell(
    lstm_fgr,
    source=SOURCE,
    start={"b.f": 1.0},
    keeps="f",
    family="lstm",
    aka={"Greff et al. 2017": "FGR"},
)

"""ON-LSTM: master gates made by cumulative softmax order the units, so that high ones forget last."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, cumsum, repeat, sigmoid, softmax, tanh


def on_lstm(
    x: Vector, h: Vector, c: Vector, *, W: Matrices, U: Matrices, b: Vectors, chunk: int = 2
) -> tuple[Vector, Vector]:
    mf = repeat(cumsum(softmax(W.mf @ x + U.mf @ h + b.mf)), chunk)
    mi = repeat(1 - cumsum(softmax(W.mi @ x + U.mi @ h + b.mi)), chunk)
    w = mf * mi
    f = sigmoid(W.f @ x + U.f @ h + b.f) * w + (mf - w)
    i = sigmoid(W.i @ x + U.i @ h + b.i) * w + (mi - w)
    g = tanh(W.c @ x + U.c @ h + b.c)
    o = sigmoid(W.o @ x + U.o @ h + b.o)
    c = f * c + i * g
    h = o * tanh(c)
    return h, c


ON_LSTM = Cell(
    on_lstm,
    source="Shen, Tan, Sordoni & Courville 2019",
    sizes=dict.fromkeys(("W.mf", "U.mf", "b.mf", "W.mi", "U.mi", "b.mi"), "hidden / chunk"),
    keeps="f",
    family="lstm",
    aka={"yikangshen/Ordered-Neurons": "ONLSTMCell"},
    note="the paper's chunk is 10",
)

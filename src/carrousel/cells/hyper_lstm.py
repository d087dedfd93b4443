"""HyperLSTM: a small LSTM scales the products and moves the biases of the main one at every step."""

from carrousel.cells.starting import normal
from carrousel.engine import Cell, Matrices, Vector, Vectors, norm, sigmoid, tanh


def hyper_lstm(
    x: Vector,
    h: Vector,
    c: Vector,
    k: Vector,
    d: Vector,
    *,
    A: Matrices,
    G: Matrices,
    Q: Matrices,
    Z: Matrices,
    z: Vectors,
    D: Matrices,
    W: Matrices,
    U: Matrices,
    b: Vectors,
    s: Vectors,
    t: Vectors,
    hyper: int = 128,
    embedding: int = 4,
) -> tuple[Vector, Vector, Vector, Vector]:
    p = sigmoid(s.ki * norm(A.i @ x + G.i @ h + Q.i @ k + b.ki) + t.ki)
    q = sigmoid(s.kf * norm(A.f @ x + G.f @ h + Q.f @ k + b.kf) + t.kf)
    r = tanh(s.kg * norm(A.g @ x + G.g @ h + Q.g @ k + b.kg) + t.kg)
    u = sigmoid(s.ko * norm(A.o @ x + G.o @ h + Q.o @ k + b.ko) + t.ko)
    d = q * d + p * r
    k = u * tanh(s.d * norm(d) + t.d)

    def gate(l: str) -> Vector:
        scaled_h = (D["h" + l] @ (Z["h" + l] @ k + z["h" + l])) * (U[l] @ h)
        scaled_x = (D["x" + l] @ (Z["x" + l] @ k + z["x" + l])) * (W[l] @ x)
        return s[l] * norm(scaled_h + scaled_x + D["b" + l] @ (Z["b" + l] @ k) + b[l]) + t[l]

    i = sigmoid(gate("i"))
    f = sigmoid(gate("f"))
    g = tanh(gate("g"))
    o = sigmoid(gate("o"))
    c = f * c + i * g
    h = o * tanh(s.c * norm(c) + t.c)
    return h, c, k, d


SMALL = ("k", "d", "A", "G", "Q", *(f"{space}.{l}" for space in "bst" for l in ("ki", "kf", "kg", "ko", "d")))
HYPER_LSTM = Cell(
    hyper_lstm,
    source="Ha, Dai & Le 2017",
    sizes={**dict.fromkeys(SMALL, "hyper"), "Z": "embedding", "z": "embedding"},
    start={
        **{f"Z.{l}": 0.0 for l in ("hi", "hf", "hg", "ho", "xi", "xf", "xg", "xo")},
        **{f"Z.{l}": normal(0.01) for l in ("bi", "bf", "bg", "bo")},
        **{f"D.{l}": 0.0 for l in ("bi", "bf", "bg", "bo")},
        "D": 0.025,
        "z": 1.0,
        "s": 1.0,
        "t.f": 1.0,
        "t.kf": 1.0,
    },
    keeps="f",
    family="lstm",
    aka={"hardmaru/supercell": "HyperLSTMCell"},
    note="the new state of the small LSTM speaks, as in the authors' code, where the paper's text has the old one",
)

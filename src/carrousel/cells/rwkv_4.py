"""Time mixing of RWKV-4: an exponentially fading average of values, weighted by keys."""

from carrousel.cells.starting import uniform
from carrousel.engine import Cell, Matrices, Vector, Vectors, exp, maximum, sigmoid


def rwkv_4(
    x: Vector,
    a: Vector,
    b: Vector,
    p: Vector,
    last: Vector,
    *,
    W: Matrices,
    mu: Vectors,
    w: Vectors,
    u: Vectors,
) -> tuple[Vector, Vector, Vector, Vector, Vector]:
    r = sigmoid(W.r @ (mu.r * x + (1 - mu.r) * last))
    k = W.k @ (mu.k * x + (1 - mu.k) * last)
    v = W.v @ (mu.v * x + (1 - mu.v) * last)
    q = maximum(p, u.k + k)
    wkv = (exp(p - q) * a + exp(u.k + k - q) * v) / (exp(p - q) * b + exp(u.k + k - q))
    y = W.o @ (r * wkv)
    q = maximum(p - exp(w.decay), k)
    a = exp(p - exp(w.decay) - q) * a + exp(k - q) * v
    b = exp(p - exp(w.decay) - q) * b + exp(k - q)
    return y, a, b, q, x


RWKV_4 = Cell(
    rwkv_4,
    source="Peng, Alcaide, Anthony, Albalak, Arcadinho et al. 2023",
    sizes=dict.fromkeys(("last", "mu"), "x"),
    start={"p": -1e30, "mu": 0.5, "w": uniform(-5.0, 3.0), "u": uniform(-1.0, 1.0)},
    family="linear",
    aka={"BlinkDL/RWKV-LM": "RWKV_TimeMix"},
    note="a and b are numerator and denominator over exp(p), which keeps them in range",
)

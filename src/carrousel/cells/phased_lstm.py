"""Phased LSTM: each unit opens for a part of its own period and rests otherwise; time is an input."""

from jax import Array, random

from carrousel.cells.starting import uniform
from carrousel.engine import Cell, Input, Matrices, Vector, Vectors, abs, exp, mod, sigmoid, tanh, where


def phased_lstm(
    x: Vector,
    t: Input,
    h: Vector,
    c: Vector,
    *,
    W: Matrices,
    U: Matrices,
    w: Vectors,
    b: Vectors,
    T: Vectors,
    ratio: float = 0.05,
    leak: float = 0.001,
) -> tuple[Vector, Vector]:
    tau = abs(T.tau)
    phi = mod(t - T.s, tau) / tau
    k = where(phi < ratio / 2, 2 * phi / ratio, where(phi < ratio, 2 - 2 * phi / ratio, leak * phi))
    i = sigmoid(W.i @ x + U.i @ h + w.i * c + b.i)
    f = sigmoid(W.f @ x + U.f @ h + w.f * c + b.f)
    g = tanh(W.c @ x + U.c @ h + b.c)
    m = f * c + i * g
    o = sigmoid(W.o @ x + U.o @ h + w.o * m + b.o)
    c = k * m + (1 - k) * c
    h = k * (o * tanh(m)) + (1 - k) * h
    return h, c


def log_uniform(key: Array, shape: tuple[int, ...]) -> Array:
    """Periods of e to e⁶ steps, evenly over their logarithms."""
    return exp(random.uniform(key, shape, minval=1.0, maxval=6.0))


PHASED_LSTM = Cell(
    phased_lstm,
    source="Neil, Pfeiffer & Liu 2016",
    start={"T.tau": log_uniform, "T.s": uniform(0.0, 100.0), "b.f": 1.0},
    keeps="1 - k + k * f",
    family="lstm",
    aka={"tensorflow": "PhasedLSTMCell", "dannyneil/public_plstm": "PLSTMLayer"},
    note="the open ratio is an option, as the authors' code leaves it fixed by default; the leak is for training, "
    "0 for evaluation; a period counts by its absolute value",
)

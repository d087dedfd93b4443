"""Cells that strain the language: each holds one thing that an engine by names or patterns would get wrong."""

import numpy as np

from carrousel.engine import (
    Blocks,
    Cell,
    Constants,
    Input,
    Matrices,
    Matrix,
    Scalar,
    Scalars,
    Vector,
    Vectors,
    concatenate,
    cumsum,
    exp,
    imag,
    mean,
    mod,
    norm,
    outer,
    real,
    relu,
    sigmoid,
    softmax,
    stop,
    tanh,
    where,
)


def mean_over_units(x: Vector, h: Vector, *, W: Matrices, U: Matrices):
    return tanh(W.h @ x + norm(U.h @ h) + mean(h))


def cumulative_sum(x: Vector, h: Vector, c: Vector, *, W: Matrices, U: Matrices, b: Vectors):
    master = cumsum(softmax(W.m @ x + U.m @ h + b.m))
    c = master * c + (1 - master) * tanh(W.g @ x + U.g @ h + b.g)
    return sigmoid(W.o @ x + U.o @ h) * tanh(c), c


def outer_product(x: Vector, h: Vector, A: Matrix, *, W: Matrices, U: Matrices, e: Scalars):
    A = 0.9 * A + e.rate * outer(h, h)
    return tanh(W.h @ x + U.h @ h + A @ h), A


def letter_on_two_values(x: Vector, h: Vector, *, W: Matrices, U: Matrices):
    r = sigmoid(W.r @ x + U.r @ h)
    return tanh(W.h @ x + U.a @ (r * h) + U.a @ tanh(h))


def letter_twice_on_one(x: Vector, h: Vector, *, W: Matrices, U: Matrices):
    r = sigmoid(U.a @ h + W.a @ x)
    return tanh(U.a @ h * r + W.a @ x)


def antisymmetric(x: Vector, h: Vector, *, W: Matrices, U: Matrices, step: float = 0.1):
    A = U.a - U.a.T
    return h + step * tanh(W.h @ x + A @ h)


def numpy_matrix(x: Vector, h: Vector, *, W: Matrices):
    turn = np.roll(np.eye(len(h)), 1, axis=0)
    return tanh(W.h @ x + 0.9 * (turn @ h))


def three_states(x: Vector, h: Vector, c: Vector, n: Vector, *, W: Matrices, U: Matrices, b: Vectors):
    i = sigmoid(W.i @ x + U.i @ h)
    f = sigmoid(W.f @ x + U.f @ h + b.f)
    c = f * c + i * tanh(W.z @ x + U.z @ h)
    n = f * n + i
    return c / (1 + n), c, n


def projected(x: Vector, h: Vector, c: Vector, *, W: Matrices, U: Matrices, P: Matrices, projection: int = 3):
    f = sigmoid(W.f @ x + U.f @ h)
    c = f * c + (1 - f) * tanh(W.g @ x + U.g @ h)
    return P.h @ tanh(c), c


def step_counter(x: Vector, h: Vector, t: Scalar, *, W: Matrices, U: Matrices, T: Constants):
    new = tanh(W.h @ x + U.h @ h)
    return where(mod(t, T.period) == 0, new, h), t + 1


def complex_pair(x: Vector, p: Vector, q: Vector, *, W: Matrices, nu: Vectors, theta: Vectors):
    turn = exp(-exp(nu.n) + 1j * theta.t)
    s = turn * (p + 1j * q) + W.p @ x + 1j * (W.q @ x)
    return real(s) * imag(s), real(s), imag(s)


def boolean_mask(x: Vector, m: Input, h: Vector, *, W: Matrices, U: Matrices):
    mask = np.triu(np.ones((len(h), len(h)), bool))
    new = tanh(W.h @ x + where(mask, U.h, 0.0) @ h)
    return where(m > 0.5, new, h)


def two_components(x: Vector, h: Vector, s: Vector, *, W: Matrices, U: Matrices, V: Matrices, a: Vectors):
    s = sigmoid(a.s) * s + V.s @ x
    return tanh(W.h @ x + U.h @ h + V.h @ s), s


def past_input(x: Vector, h: Vector, past: Vector, *, W: Matrices):
    f = sigmoid(W.f @ x + W.p @ past)
    return f * h + (1 - f) * tanh(W.z @ x + W.q @ past), x


def joined(x: Vector, h: Vector, *, W: Matrices, b: Vectors):
    return tanh(W.h @ concatenate([x, h]) + b.h)


def blocks(x: Vector, h: Vector, c: Vector, *, W: Matrices, R: Blocks, b: Vectors, heads: int = 2):
    i, f, o = (sigmoid(W[k] @ x + R[k] @ h + b[k]) for k in "ifo")
    c = f * c + i * tanh(W.z @ x + R.z @ h + b.z)
    return o * tanh(c), c


def rounds_of_products(x: Vector, h: Vector, *, Q: Matrices, W: Matrices, U: Matrices, rounds: int = 3):
    for k in range(rounds):
        x = 2 * sigmoid(Q[k] @ h) * x
        h = relu(W[k] @ x) * h + 0.1
    return tanh(W.h @ x + U.h @ h)


def straight_through(x: Vector, h: Vector, u: Scalar, *, W: Matrices, U: Matrices, w: Vectors):
    go = u + stop(where(u > 0.5, 1.0, 0.0) - u)
    h = go * tanh(W.h @ x + U.h @ h) + (1 - go) * h
    more = sigmoid(w.u @ h)
    return h, h, go * more + (1 - go) * (u + (1 - u) * more)


ODD = [
    Cell(mean_over_units),
    Cell(cumulative_sum),
    Cell(outer_product),
    Cell(letter_on_two_values),
    Cell(letter_twice_on_one),
    Cell(antisymmetric),
    Cell(numpy_matrix),
    Cell(three_states),
    Cell(projected, sizes={"h": "projection", "P": "projection"}),
    Cell(step_counter, start={"T": lambda shape: 1.0 + np.arange(shape[0]) % 3}),
    Cell(complex_pair),
    Cell(boolean_mask),
    Cell(two_components),
    Cell(past_input, sizes={"past": "x"}),
    Cell(joined),
    Cell(blocks),
    Cell(rounds_of_products, sizes={"Q": "x"}),
    Cell(straight_through),
]

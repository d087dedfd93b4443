"""Hierarchically gated recurrent network: a complex diagonal recurrence whose forget gate has a lower bound."""

import jax.numpy as jnp

from carrousel.engine import Cell, Matrices, Vector, Vectors, concatenate, cos, norm, reshape, sigmoid, silu, sin


def hgrn(
    x: Vector, re: Vector, im: Vector, *, W: Matrices, b: Vectors, theta: Vectors, a: Vectors, lower: float = 0.0
) -> tuple[Vector, Vector, Vector]:
    f = lower + (1 - lower) * sigmoid(W.f @ x + b.f)
    u = f * cos(theta.h)
    v = f * sin(theta.h)
    re, im = (
        u * re - v * im + (1 - f) * silu(W.re @ x + b.re),
        v * re + u * im + (1 - f) * silu(W.im @ x + b.im),
    )
    n = reshape(norm(concatenate([re, im])), (2, -1))
    g = silu(W.gre @ x + b.gre) * (a.re * n[0] + b.nre)
    k = silu(W.gim @ x + b.gim) * (a.im * n[1] + b.nim)
    y = W.ore @ g + W.oim @ k + b.o
    return y, re, im


def frequencies(shape: tuple[int, ...]) -> jnp.ndarray:
    """Angles from 1 down to nearly 1e-8, evenly in their logarithms."""
    return 10000.0 ** (-2 / shape[0] * jnp.arange(shape[0]))


HGRN = Cell(
    hgrn,
    source="Qin, Yang & Zhong 2023",
    start={"theta": frequencies, "a": 1.0},
    family="linear",
    aka={"Doraemonzzz/hgru-pytorch": "Hgru1d"},
    note="the lower bound is an option of each layer, where the paper learns all layers' bounds together",
)

"""Unitary RNN: diagonals of phases, reflections, Fourier transforms and a permutation, on a complex state."""

from carrousel.cells.starting import normal, uniform
from carrousel.engine import (
    Cell,
    Matrices,
    Vector,
    Vectors,
    abs,
    concatenate,
    conj,
    exp,
    fft,
    flip,
    ifft,
    imag,
    real,
    relu,
    sum,
)


def urnn(
    x: Vector, re: Vector, im: Vector, *, V: Matrices, t: Vectors, r: Vectors, b: Vectors
) -> tuple[Vector, Vector, Vector]:
    u = r.re1 + 1j * r.im1
    v = r.re2 + 1j * r.im2
    h = fft(exp(1j * t[1]) * (re + 1j * im), norm="ortho")
    h = h - 2 * u * (sum(conj(u) * h) / sum(abs(u) ** 2))
    h = ifft(exp(1j * t[2]) * flip(h), norm="ortho")
    h = h - 2 * v * (sum(conj(v) * h) / sum(abs(v) ** 2))
    z = exp(1j * t[3]) * h + V.re @ x + 1j * (V.im @ x)
    size = abs(z + 1e-6)
    h = relu(size + b.h) / size * z
    re = real(h)
    im = imag(h)
    return concatenate([re, im]), re, im


URNN = Cell(
    urnn,
    source="Arjovsky, Shah & Bengio 2016",
    start={"t": uniform(-3.141593, 3.141593), "r": normal(1.0), "b.h": 0.001},
    family="plain",
    note="the paper draws the permutation, here it is the reversal; the modulus is taken of z + 1e-6, so that it has a "
    "gradient at 0; the output is the real and the imaginary parts",
)

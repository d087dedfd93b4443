"""Efficient unitary RNN: layers of complex rotations of neighbouring pairs of units."""

from carrousel.cells.starting import uniform
from carrousel.engine import (
    Cell,
    Matrices,
    Vector,
    Vectors,
    abs,
    concatenate,
    cos,
    exp,
    imag,
    real,
    relu,
    reshape,
    roll,
    sin,
    stack,
)


def eunn(
    x: Vector,
    re: Vector,
    im: Vector,
    *,
    V: Matrices,
    t: Vectors,
    p: Vectors,
    w: Vectors,
    b: Vectors,
    capacity: int = 2,
) -> tuple[Vector, Vector, Vector]:
    h = re + 1j * im
    for k in range(capacity):
        even, odd = reshape(roll(h, -(k % 2)), (-1, 2)).T
        turned = exp(1j * p[k])
        pairs = stack([turned * (cos(t[k]) * even - sin(t[k]) * odd), sin(t[k]) * even + cos(t[k]) * odd], axis=1)
        h = roll(reshape(pairs, (-1,)), k % 2)
    z = exp(1j * w.h) * h + V.re @ x + 1j * (V.im @ x)
    size = abs(z + 1e-6)
    h = relu(size + b.h) / size * z
    re = real(h)
    im = imag(h)
    return concatenate([re, im]), re, im


EUNN = Cell(
    eunn,
    source="Jing, Shen, Dubček, Peurifoy, Skirlo, LeCun, Tegmark & Soljačić 2017",
    sizes={"t": "hidden / 2", "p": "hidden / 2"},
    start={"t": uniform(-3.141593, 3.141593), "p": uniform(-3.141593, 3.141593), "w": uniform(-3.141593, 3.141593)},
    family="plain",
    note="the paper's tunable form; in its odd layers the first and last unit rest, here they are a pair; "
    "the modulus is taken of z + 1e-6, so that it has a gradient at 0; the output is the real and the imaginary parts",
)

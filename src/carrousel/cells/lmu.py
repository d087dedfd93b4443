"""Legendre memory unit: a fixed linear memory holds a sliding window of one signal in Legendre polynomials."""

import numpy as np

from carrousel.cells.starting import fan_in
from carrousel.engine import Cell, Matrices, Vector, Vectors, expm, tanh


def lmu(
    x: Vector, h: Vector, m: Vector, *, e: Vectors, W: Matrices, order: int = 64, theta: float = 64.0
) -> tuple[Vector, Vector]:
    A, B = legendre(order, theta)
    u = e.x @ x + e.h @ h + e.m @ m
    m = A @ m + B * u
    h = tanh(W.x @ x + W.h @ h + W.m @ m)
    return h, m


def legendre(order: int, theta: float) -> tuple[np.ndarray, np.ndarray]:
    """The delay of `theta` steps as a linear system of this order, held constant between steps."""
    j, i = np.meshgrid(np.arange(order), np.arange(order))
    scale = (2 * np.arange(order)[:, None] + 1) / theta
    system = np.zeros((order + 1, order + 1))
    system[:order, :order] = np.where(i < j, -1.0, (-1.0) ** (i - j + 1)) * scale
    system[:order, order:] = (-1.0) ** np.arange(order)[:, None] * scale
    held = np.asarray(expm(system))
    return held[:order, :order], held[:order, order]


LMU = Cell(
    lmu,
    source="Voelker, Kajić & Eliasmith 2019",
    sizes={"m": "order", "e.x": "x", "e.m": "order"},
    start={"e.x": fan_in, "e.h": fan_in},
    family="plain",
    aka={"keras-lmu": 'LMUCell(memory_d=1, discretizer="zoh")'},
)

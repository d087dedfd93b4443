"""The functions that equations are written with: on JAX arrays they are JAX's, on numpy arrays numpy's.

So the same cell runs under XLA and, as its own reference, in plain numpy in float64 or complex numbers.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import jax.scipy.linalg
import numpy as np
from jax import Array, lax

from carrousel.engine.letters import MatrixLetter


def _plain(value: Any) -> Any:
    """A letter as the array it stands for; everything else as it is."""
    if isinstance(value, (list, tuple)):
        return type(value)(_plain(v) for v in value)
    return value.array() if isinstance(value, MatrixLetter) else value


def _is_jax(value: Any) -> bool:
    return any(map(_is_jax, value)) if isinstance(value, (list, tuple)) else isinstance(value, jax.Array)


def _both(on_jax: Callable[..., Any], on_numpy: Callable[..., Any], doc: str) -> Callable[..., Array]:
    """One function for both kinds of array, chosen by what it is given."""

    @functools.wraps(on_jax)
    def function(*values: Any, **options: Any) -> Any:
        values = tuple(_plain(v) for v in values)
        return (on_jax if _is_jax(values) else on_numpy)(*values, **options)

    function.__doc__ = doc
    return function


def _expm(matrix: Any) -> Any:
    """The exponential of a matrix by a Taylor series of the scaled matrix, squared back (Moler & Van Loan 2003)."""
    size = np.abs(matrix).sum(axis=0).max()
    squarings = int(np.ceil(np.log2(size))) + 1 if size > 0.5 else 0
    scaled = matrix / 2**squarings
    term = total = np.eye(len(matrix), dtype=matrix.dtype)
    for k in range(1, 25):
        term = term @ scaled / k
        total = total + term
    for _ in range(squarings):
        total = total @ total
    return total


tanh = _both(jnp.tanh, np.tanh, "The hyperbolic tangent.")
exp = _both(jnp.exp, np.exp, "The exponential function.")
expm1 = _both(jnp.expm1, np.expm1, "exp(v) - 1, exact near 0.")
log = _both(jnp.log, np.log, "The natural logarithm.")
log1p = _both(jnp.log1p, np.log1p, "log(1 + v), exact near 0.")
sqrt = _both(jnp.sqrt, np.sqrt, "The square root.")
sin = _both(jnp.sin, np.sin, "The sine of an angle in radians.")
cos = _both(jnp.cos, np.cos, "The cosine of an angle in radians.")
abs = _both(jnp.abs, np.abs, "The absolute value; of a complex number its modulus.")  # noqa: A001 - the name papers use
sign = _both(jnp.sign, np.sign, "-1, 0 or 1.")
round = _both(jnp.round, np.round, "The nearest whole number, halves to the even one; its derivative is zero.")  # noqa: A001
floor = _both(jnp.floor, np.floor, "The largest whole number that is not above.")
square = _both(jnp.square, np.square, "v * v.")
maximum = _both(jnp.maximum, np.maximum, "The larger of two, unit by unit.")
minimum = _both(jnp.minimum, np.minimum, "The smaller of two, unit by unit.")
clip = _both(jnp.clip, np.clip, "The value kept between two bounds.")
where = _both(jnp.where, np.where, "Unit by unit, the second argument where the first is true, else the third.")
mod = _both(jnp.mod, np.mod, "The remainder that has the divisor's sign.")
mean = _both(jnp.mean, np.mean, "The mean over the units.")
sum = _both(jnp.sum, np.sum, "The sum over the units.")  # noqa: A001 - the name papers use
max = _both(jnp.max, np.max, "The largest unit.")  # noqa: A001
cumsum = _both(jnp.cumsum, np.cumsum, "The sum of all units up to each.")
flip = _both(jnp.flip, np.flip, "The units in reverse order.")
roll = _both(jnp.roll, np.roll, "The units shifted round.")
outer = _both(jnp.outer, np.outer, "The outer product of two vectors.")
dot = _both(jnp.dot, np.dot, "The inner product of two vectors.")
kron = _both(jnp.kron, np.kron, "The Kronecker product of two matrices.")
concatenate = _both(jnp.concatenate, np.concatenate, "Vectors one after the other.")
stack = _both(jnp.stack, np.stack, "Vectors as the rows of a matrix.")
repeat = _both(jnp.repeat, np.repeat, "Every unit so many times.")
reshape = _both(jnp.reshape, np.reshape, "The same numbers on other axes.")
transpose = _both(jnp.transpose, np.transpose, "The axes the other way round.")
split = _both(jnp.split, np.split, "A vector cut into equal parts.")
triu = _both(jnp.triu, np.triu, "The upper triangle of a matrix.")
tril = _both(jnp.tril, np.tril, "The lower triangle of a matrix.")
diag = _both(jnp.diag, np.diag, "The matrix with this diagonal.")
real = _both(jnp.real, np.real, "The real part.")
imag = _both(jnp.imag, np.imag, "The imaginary part.")
conj = _both(jnp.conj, np.conj, "The complex conjugate.")
zeros_like = _both(jnp.zeros_like, np.zeros_like, "Zeros of the same shape.")
ones_like = _both(jnp.ones_like, np.ones_like, "Ones of the same shape.")
expm = _both(jax.scipy.linalg.expm, _expm, "The exponential of a matrix.")
fft = _both(jnp.fft.fft, np.fft.fft, "The discrete Fourier transform.")
ifft = _both(jnp.fft.ifft, np.fft.ifft, "The inverse discrete Fourier transform.")
solve = _both(jnp.linalg.solve, np.linalg.solve, "The solution of a system of linear equations.")
stop = _both(lax.stop_gradient, lambda v: v, "The value without its derivative.")
sigmoid = _both(lax.logistic, lambda v: 0.5 + 0.5 * np.tanh(0.5 * v), "The logistic function 1 / (1 + exp(-v)).")


def relu(v: Any) -> Any:
    """max(v, 0), with derivative 0 at 0."""
    return where(v > 0, v, 0.0 * v)


def softplus(v: Any) -> Any:
    """log(1 + exp(v)), exact for large v."""
    return maximum(v, 0.0) + log1p(exp(-abs(v)))


def log_sigmoid(v: Any) -> Any:
    """The logarithm of the logistic function, exact for large negative v."""
    return -softplus(-v)


def silu(v: Any) -> Any:
    """V * sigmoid(v) (Elfwing, Uchibe & Doya 2018)."""
    return v * sigmoid(v)


def softmax(v: Any, axis: int = -1) -> Any:
    """exp(v) / sum exp(v) along an axis."""
    powers = exp(v - stop(max(v, axis=axis, keepdims=True)))
    return powers / sum(powers, axis=axis, keepdims=True)


def norm(v: Any, epsilon: float = 1e-5) -> Any:
    """(v - mean) / sqrt(variance + epsilon) over the units: layer normalisation (Ba, Kiros & Hinton 2016)."""
    v = v - mean(v)
    return v / sqrt(mean(v * v) + epsilon)


def rms_norm(v: Any, epsilon: float = 1e-5) -> Any:
    """V / sqrt(mean(v²) + epsilon) over the units (Zhang & Sennrich 2019)."""
    return v / sqrt(mean(v * v) + epsilon)


def eye(size: int) -> Any:
    """The identity matrix."""
    return np.eye(size)


def arange(*bounds: int) -> Any:
    """Whole numbers in order."""
    return np.arange(*bounds)

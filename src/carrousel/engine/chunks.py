"""A matrix memory over time in chunks: inside a chunk by products of its steps with each other, between them by a loop.

With D[i, j] the decay from step j to step i, what step i reads is Σ D[i, j] (qᵢ·kⱼ) vⱼ over the steps j up to i of its
chunk, and the matrix before the chunk, decayed, times qᵢ (Yang et al. 2024; Beck et al. 2025). Decays are products of
the factors between two steps, not differences of logarithms, so a factor of zero, a reset too, is exact.
"""

from __future__ import annotations

import functools
from typing import Any, Final

import jax.numpy as jnp
from jax import Array, lax

from carrousel.engine.loop import Control, Given, How, choose

CHUNK: Final = 64
"""Steps of a chunk."""


def run_chunks(how: How, control: Control, given: Given) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
    """The last states and the sequences that the loop gives, as `run_loop` does; a reset starts from zeros."""
    memory = how.loop.memory
    assert memory is not None
    (state,) = given.state
    known = dict(zip(how.loop.smooth, given.smooth, strict=True))
    known |= {
        i: jnp.broadcast_to(a, (how.length, state.shape[0], *a.shape))
        for names, arrays in ((how.loop.learned, given.learned), (how.loop.fixed, control.fixed))
        for i, a in zip(names, arrays, strict=True)
    }
    known = {i: a if a.ndim > 2 else a[..., None, None] for i, a in known.items()}
    leading = (how.length, *state.shape[:-2])
    decay = jnp.broadcast_to(known[memory.decay][..., 0, 0], leading)
    v = _product([known[i][..., 0] for i in memory.rows], (*leading, state.shape[-2]))
    k = _product([known[i][..., 0, :] for i in memory.columns], (*leading, state.shape[-1]))
    queries = [jnp.broadcast_to(known[r.vector][..., 0, :], k.shape) for r in memory.reads]
    if control.resets is not None:
        decay = choose(control.resets, jnp.zeros_like(decay), decay)
    if control.active is not None:
        decay, v = choose(control.active, (decay, v), (jnp.ones_like(decay), jnp.zeros_like(v)))
    size = min(CHUNK, how.length)
    pieces = [_cut(a, size, fill) for a, fill in ((decay, 1), (v, 0), (k, 0), *((q, 0) for q in queries))]

    def one(matrix: Array, piece: Any) -> tuple[Array, list[Array]]:
        decay, v, k, *queries = piece
        whole = jnp.cumprod(decay, axis=-1)
        between = _decays(decay)
        reads = [
            jnp.einsum("...ij,...jr->...ir", between * jnp.einsum("...ic,...jc->...ij", q, k), v)
            + whole[..., None] * jnp.einsum("...ic,...rc->...ir", q, matrix)
            for q in queries
        ]
        taken = jnp.einsum("...jr,...jc->...rc", between[..., -1, :, None] * v, k)
        return whole[..., -1, None, None] * matrix + taken, reads

    last, reads = lax.scan(one, state, pieces)
    given_out = dict(zip((r.out for r in memory.reads), [_joined(a, how.length) for a in reads], strict=True))
    return (last,), tuple(given_out[i] for i in how.loop.gives)


def _product(factors: list[Array], shape: tuple[int, ...]) -> Array:
    return jnp.broadcast_to(functools.reduce(jnp.multiply, factors), shape)


def _decays(decay: Array) -> Array:
    """(…, steps) to (…, steps, steps): what step i keeps of what step j took in; zero where j is later."""
    i, j = jnp.arange(decay.shape[-1])[:, None], jnp.arange(decay.shape[-1])
    return jnp.where(i >= j, jnp.cumprod(jnp.where(i > j, decay[..., None], 1), axis=-2), 0)


def _cut(a: Array, size: int, fill: float) -> Array:
    """(time, batch, …) to (chunks, batch, …, steps) for numbers, (chunks, batch, …, steps, units) for vectors.

    Numbers are told by their fill of 1; steps that fill up the last chunk change nothing.
    """
    count = -(-a.shape[0] // size)
    full = jnp.pad(a, [(0, count * size - a.shape[0]), *[(0, 0)] * (a.ndim - 1)], constant_values=fill)
    return jnp.moveaxis(full.reshape(count, size, *a.shape[1:]), 1, -1 if fill else -2)


def _joined(a: Array, time: int) -> Array:
    """(chunks, batch, …, steps, units) to (time, batch, …, units)."""
    steps = jnp.moveaxis(a, -2, 1)
    return steps.reshape(-1, *steps.shape[2:])[:time]

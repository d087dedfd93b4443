"""A loop that is linear and diagonal in its states, over all steps at once by a parallel associative scan.

Such a step is s' = M s + b, unit by unit, where M, square in the number of states (two for a complex one kept as a
pair), and b are known before the loop. A derivative is a recurrence of the same kind, so one rule serves every mode.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array, lax

from carrousel.engine.linear import linear_with_transpose
from carrousel.engine.loop import Control, Given, How, choose, one_step

Column = tuple[Array, ...]
"""One array a state."""
Table = tuple[Column, ...]
"""Rows of arrays: what each new state takes of each old one."""


def run_parallel(how: How, control: Control, given: Given) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
    """The last states and the sequences that the loop gives, as `run_loop` does."""
    m, b = _coefficients(how, control, given)
    start = tuple(jnp.broadcast_to(s, a.shape) for s, a in zip(control.start, b, strict=True))
    if control.resets is not None:
        b = choose(control.resets, _plus(_times(m, start), b), b)
        m = choose(control.resets, jax.tree.map(jnp.zeros_like, m), m)
    if control.active is not None:
        b = choose(control.active, b, jax.tree.map(jnp.zeros_like, b))
        m = tuple(
            tuple(choose(control.active, a, jnp.full_like(a, i == j)) for j, a in enumerate(row))
            for i, row in enumerate(m)
        )
    first = _times(tuple(tuple(a[0] for a in row) for row in m), given.state)
    new = solve(m, tuple(a.at[0].add(f) for a, f in zip(b, first, strict=True)))
    before = tuple(jnp.concatenate([s[None], a[:-1]]) for s, a in zip(given.state, new, strict=True))
    if control.resets is not None:
        before = choose(control.resets, start, before)

    def gives(state: Any, smooth: Any, whole: Any) -> Any:
        return one_step(how.loop, _no_product, state, smooth, given.learned, whole, control.fixed)[1]

    return tuple(a[-1] for a in new), jax.vmap(jax.vmap(gives))(before, given.smooth, control.whole)


def _coefficients(how: How, control: Control, given: Given) -> tuple[Table, Column]:
    """M and b of every step of every sequence, (time, batch, …) each."""
    zero = tuple(jnp.zeros(s.shape[1:], s.dtype) for s in given.state)

    def of_step(_: Array, smooth: Any, whole: Any) -> tuple[Table, Column]:
        def new(state: Any) -> Any:
            return one_step(how.loop, _no_product, state, smooth, given.learned, whole, control.fixed)[0]

        units = [tuple(jnp.full_like(z, n == k) for n, z in enumerate(zero)) for k in range(len(zero))]
        columns = [jax.jvp(new, (zero,), (unit,))[1] for unit in units]
        return tuple(zip(*columns, strict=True)), new(zero)

    steps = jnp.zeros((how.length, given.state[0].shape[0]))  # a loop may read no sequence at all
    return jax.vmap(jax.vmap(of_step))(steps, given.smooth, control.whole)


def _no_product(*_: Any) -> Array:
    raise AssertionError("a linear loop has no products")


def _plus(v: Column, w: Column) -> Column:
    return tuple(a + b for a, b in zip(v, w, strict=True))


def _inner(row: Sequence[Array], v: Sequence[Array]) -> Array:
    return functools.reduce(jnp.add, [a * b for a, b in zip(row, v, strict=True)])


def _times(m: Table, v: Column) -> Column:
    return tuple(_inner(row, v) for row in m)


def _then(first: tuple[Table, Column], second: tuple[Table, Column]) -> tuple[Table, Column]:
    """Two steps as one."""
    (m, b), (n, c) = first, second
    columns = tuple(zip(*m, strict=True))
    return tuple(tuple(_inner(row, column) for column in columns) for row in n), _plus(_times(n, b), c)


def _sums(m: Table, b: Column, *, reverse: bool = False) -> Column:
    return lax.associative_scan(_then, (m, b), reverse=reverse)[1]


@jax.custom_jvp
def solve(m: Table, b: Column) -> Column:
    """All s with s[t] = M[t] s[t - 1] + b[t] and nothing before the first."""
    return _sums(m, b)


@solve.defjvp
def _solve_jvp(primals: Any, tangents: Any) -> Any:
    (m, b), (dm, db) = primals, tangents
    s = solve(m, b)
    before = tuple(jnp.concatenate([jnp.zeros_like(a[:1]), a[:-1]]) for a in s)
    return s, linear_with_transpose(solve, solve_backwards, m, _plus(_times(dm, before), db))


@jax.custom_jvp
def solve_backwards(m: Table, b: Column) -> Column:
    """The transpose of `solve` by b: s[t] = M[t + 1]ᵀ s[t + 1] + b[t] and nothing after the last."""
    return _sums(_turned(m), b, reverse=True)


@solve_backwards.defjvp
def _solve_backwards_jvp(primals: Any, tangents: Any) -> Any:
    (m, b), (dm, db) = primals, tangents
    s = solve_backwards(m, b)
    after = tuple(jnp.concatenate([a[1:], jnp.zeros_like(a[:1])]) for a in s)
    return s, linear_with_transpose(solve_backwards, solve, m, _plus(_times(_turned(dm), after), db))


def _turned(m: Table) -> Table:
    """The transposes, each one step earlier."""
    return tuple(tuple(jnp.concatenate([a[1:], jnp.zeros_like(a[:1])]) for a in row) for row in zip(*m, strict=True))

"""Every cell, the odd ones of the engine's tests included, against its own function.

What a cell gives is compiled in three pieces, once a cell; each test looks at one claim.
"""

import functools
import os
import time
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from carrousel.cells import CELLS
from carrousel.engine import reference
from tests.conformance.problem import BATCH, TIME, TOLERANCE, difference, plain, problem, total
from tests.engine.odd_cells import ODD

EVERY = [*CELLS.values(), *ODD]
LENGTHS = (TIME, 2, 0)
CUT = 2

FIRST = ["elman", "lstm-1997", "lstm", "peephole-lstm", "gru", "gru-reset-before", "lstm-projected", "layer-norm-lstm"]
"""Cells of the catalogue that show every mode in each run; `CARROUSEL_EVERY_MODE=1` takes all (half an hour)."""
SEVERAL = EVERY if os.environ.get("CARROUSEL_EVERY_MODE") else [*(CELLS[name] for name in FIRST), *ODD]


DECLARED = [cell for cell in EVERY if "stop" in cell.function.__code__.co_names]
"""Cells whose gradient is another than that of their values, on purpose: truncated, or straight through a step."""


def over(cells):
    """One test a cell; all tests of a cell run in one process, one after the other, and share what is compiled."""
    marked = [pytest.param(cell, id=cell.name, marks=pytest.mark.xdist_group(cell.name)) for cell in cells]
    return pytest.mark.parametrize("cell", marked)


every_cell, several_cells, odd_cells = over(EVERY), over(SEVERAL), over(ODD)


@pytest.fixture(autouse=True)
def double():
    """Everything here is in float64."""
    with jax.enable_x64():
        yield


@functools.lru_cache(maxsize=2)
def drawn(cell):
    """The cell's problem, and the arrays that it is differentiated by."""
    p = problem(cell)
    return p, ({s: p.letters[s] for s in cell.learned}, p.xs, p.state)


def cut(tree, part):
    return jax.tree.map(lambda a: a[part], tree)


def loss(p, run):
    """A scalar function of the learned letters, the inputs and the state."""

    def f(letters, xs, state, **how):
        return total(*run(p, letters, xs, state, **how))

    return f


def inner(a, b):
    return sum(jnp.vdot(u, v) for u, v in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True))


def engine(p, letters, xs, state, **how):
    out = p.run({**p.letters, **letters}, xs, state, **how)
    return out.outputs, out.state


class Controlled(NamedTuple):
    """What a run with lengths and resets gives."""

    outputs: Any
    state: Any
    gradient: Any
    """Of the weighted outputs and the last states, by letters, inputs and states."""


@functools.lru_cache(maxsize=2)
def controlled(cell):
    """A function that runs the cell with lengths and resets; compiled once for all that is asked of it."""
    p, (letters, xs, state) = drawn(cell)

    def f(letters, xs, state, inputs, lengths, resets, weights):
        outputs, last = engine(p, letters, xs, state, inputs=inputs, lengths=lengths, resets=resets)
        return total(weights[0][..., None] * outputs, jax.tree.map(lambda s: weights[1] * s, last)), (outputs, last)

    none = jnp.zeros((TIME, BATCH), bool)
    every = (jnp.ones((TIME, BATCH)), jnp.ones(()))
    gradient = jax.jit(jax.grad(f, argnums=(0, 1, 2), has_aux=True))
    lowered = gradient.lower(letters, xs, state, p.inputs, jnp.array(LENGTHS), none, every)
    start = time.process_time()
    compiled = lowered.compile()
    COMPILED[cell] = time.process_time() - start

    def run(xs=xs, state=state, inputs=p.inputs, lengths=(TIME,) * BATCH, resets=none, weights=every):
        slopes, (outputs, last) = compiled(letters, xs, state, inputs, jnp.array(lengths), resets, weights)
        return Controlled(outputs, last, slopes)

    return run


COMPILED = {}
"""The seconds of processor time that each cell's gradient took to compile."""


@functools.lru_cache(maxsize=2)
def whole(cell):
    return controlled(cell)()


@functools.lru_cache(maxsize=2)
def first(cell):
    return controlled(cell)(lengths=(CUT,) * BATCH)


def later(tree):
    """What stands after the cut, at the beginning, and filled up with what stood there."""
    return jax.tree.map(lambda a: jnp.roll(a, -CUT, axis=0), tree)


@functools.lru_cache(maxsize=2)
def derivatives(cell):
    """Values, gradient and Hessian-vector product by the engine and by a plain scan that JAX differentiates."""
    p, at = drawn(cell)
    along = jax.tree.map(lambda a: jnp.cos(1 + jnp.arange(a.size, dtype=a.dtype)).reshape(a.shape), at)
    ours, theirs = (jax.grad(loss(p, run), argnums=(0, 1, 2)) for run in (engine, plain))

    @jax.jit
    def product(at):
        plainly = p.run({**p.letters, **at[0]}, *at[1:])
        return (plainly.outputs, plainly.state), jax.jvp(ours, at, along)

    return product(at), jax.jit(lambda at: jax.jvp(theirs, at, along))(at), along


@every_cell
def test_values_agree_with_the_function_on_numpy(cell):
    p, _ = drawn(cell)
    wanted = p.reference()
    assert difference(derivatives(cell)[0][0], wanted) < TOLERANCE["float64"]
    assert difference(whole(cell)[:2], wanted) < TOLERANCE["float64"]


@every_cell
def test_two_halves_with_the_state_carried_equal_one_whole(cell):
    p, _ = drawn(cell)
    second = controlled(cell)(later(p.xs), first(cell).state, later(p.inputs), lengths=(TIME - CUT,) * BATCH)
    joined = jnp.concatenate([first(cell).outputs[:CUT], second.outputs[: TIME - CUT]])
    assert difference((joined, second.state), whole(cell)[:2]) < TOLERANCE["float64"]


@every_cell
def test_the_order_of_the_batch_leaves_no_trace(cell):
    p, _ = drawn(cell)
    back = slice(None, None, -1)
    turned = controlled(cell)(p.xs[:, back], cut(p.state, back), cut(p.inputs, (slice(None), back)))
    assert difference(turned.outputs[:, back], whole(cell).outputs) < TOLERANCE["float64"]


@every_cell
def test_the_gradient_agrees_with_a_plain_scan(cell):
    (_, (ours, _)), (theirs, _), _ = derivatives(cell)
    assert difference(ours, theirs) < TOLERANCE["float64"]


@over([cell for cell in EVERY if cell not in DECLARED])
def test_the_gradient_agrees_with_finite_differences_of_the_function_on_numpy(cell):
    p, at = drawn(cell)
    (_, (gradient, _)), _, along = derivatives(cell)
    along = (*along[:2], tuple(a if a.ndim > 1 else 0 * a for a in along[2]))  # a counter has no slope
    ends = []
    for move in (1e-6, -1e-6):
        letters, xs, state = jax.tree.map(lambda a, d, move=move: np.asarray(a + move * d), at, along)
        ends.append(total(*reference(cell, {**p.letters, **letters}, xs, state, p.inputs)))
    slope = inner(gradient, along)
    assert abs((ends[0] - ends[1]) / 2e-6 - slope) < TOLERANCE["finite differences"] * (1 + abs(slope))


@every_cell
def test_forward_mode_of_the_gradient_agrees_with_a_plain_scan(cell):
    (_, (_, ours)), (_, theirs), _ = derivatives(cell)
    assert difference(ours, theirs) < TOLERANCE["second order"]


@several_cells
def test_every_other_mode_agrees_with_a_plain_scan(cell):
    p, at = drawn(cell)
    _, (gradient, product), along = derivatives(cell)
    ours = jax.grad(loss(p, engine), argnums=(0, 1, 2))

    @jax.jit
    def modes(at):
        doubled = jax.tree.map(lambda a: jnp.stack([a, 0.9 * a]), at[1:])
        several = jax.vmap(lambda xs, state: jax.jvp(ours, (at[0], xs, state), along))(*doubled)
        return {
            "jvp": jax.jvp(loss(p, engine), at, along)[1],
            "grad of grad": jax.grad(lambda at: inner(ours(*at), along))(at),
            "linearize": jax.linearize(loss(p, engine), *at)[1](*along),
            "vmap of jvp of grad": cut(several, 0),
        }

    slope = inner(gradient, along)
    wanted = {
        "jvp": slope,
        "grad of grad": product,
        "linearize": slope,
        "vmap of jvp of grad": (gradient, product),
    }
    computed = modes(at)
    wrong = {name: difference(computed[name], wanted[name]) for name in wanted}
    assert all(d < TOLERANCE["second order"] for d in wrong.values()), wrong


@every_cell
def test_padding_never_reaches_a_value_or_a_gradient(cell):
    p, _ = drawn(cell)
    past = jnp.arange(TIME)[:, None] >= jnp.array(LENGTHS)

    def spoil(a):
        return jnp.where(past.reshape(past.shape + (1,) * (a.ndim - 2)), jnp.nan, a)

    clean = controlled(cell)(lengths=LENGTHS)
    spoiled = controlled(cell)(spoil(p.xs), inputs=jax.tree.map(spoil, p.inputs), lengths=LENGTHS)
    assert all(np.isfinite(a).all() for a in jax.tree.leaves(spoiled))
    assert difference(spoiled, clean) == 0.0


@every_cell
def test_the_state_is_the_one_at_each_length_and_outputs_past_it_are_zero(cell):
    p, _ = drawn(cell)
    run = controlled(cell)(lengths=LENGTHS)
    assert difference([s[1] for s in run.state], [s[1] for s in first(cell).state]) < TOLERANCE["float64"]
    assert difference([s[2] for s in run.state], [s[2] for s in p.state]) == 0.0
    assert not run.outputs[2:, 1].any()
    assert not run.outputs[:, 2].any()


@every_cell
def test_a_reset_starts_the_state_afresh_and_cuts_the_gradient(cell):
    p, _ = drawn(cell)
    resets = jnp.zeros((TIME, BATCH), bool).at[CUT, 0].set(True)
    weights = (jnp.zeros((TIME, BATCH)).at[CUT:, 0].set(1.0), jnp.zeros(()))
    run = controlled(cell)(resets=resets, weights=weights)
    afresh = controlled(cell)(later(p.xs), p.start, later(p.inputs), lengths=(TIME - CUT,) * BATCH)
    assert difference(run.outputs[CUT:, 0], afresh.outputs[: TIME - CUT, 0]) < TOLERANCE["float64"]
    _, early, before = run.gradient
    assert not early[:CUT, 0].any()
    assert early[CUT:, 0].any()
    assert not any(s[0].any() for s in before)


@every_cell
def test_the_gradient_compiles_in_eight_seconds(cell):
    controlled(cell)
    assert COMPILED[cell] < 8


@odd_cells
def test_segments_change_no_gradient(cell):
    p, at = drawn(cell)
    gradient = jax.jit(jax.grad(lambda *at: loss(p, engine)(*at, segment=CUT), argnums=(0, 1, 2)))
    assert difference(gradient(*at), derivatives(cell)[1][0]) < TOLERANCE["float64"]

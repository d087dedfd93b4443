"""Every cell, the odd ones of the engine's tests included, against its own function."""

import functools
import time

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from carrousel.cells import CELLS
from carrousel.engine import plan_cell, start_letters, Start
from tests.conformance.problem import (
    BATCH,
    HIDDEN,
    TIME,
    TOLERANCE,
    Problem,
    difference,
    learned,
    plain,
    problem,
    sizes_of,
    total,
)
from tests.engine.odd_cells import ODD

EVERY = [*CELLS.values(), *ODD]

every_cell = pytest.mark.parametrize("cell", EVERY, ids=lambda cell: cell.name)


@pytest.fixture(autouse=True)
def double():
    with jax.enable_x64():
        yield


@functools.cache
def drawn(cell) -> Problem:
    return problem(cell)


def loss_of_engine(p):
    def loss(letters, xs, state, **how):
        out = p.run({**p.letters, **letters}, xs, state, **how)
        return total(out.outputs, out.state)

    return loss


def loss_of_plain(p):
    return lambda letters, xs, state: total(*plain(p, letters, xs, state))


def directions(tree):
    return jax.tree.map(lambda a: jnp.cos(1 + jnp.arange(a.size, dtype=a.dtype)).reshape(a.shape), tree)


@every_cell
def test_values_agree_with_the_function_on_numpy(cell):
    p = drawn(cell)
    out = p.run()
    ys, state = p.reference()
    assert difference((out.outputs, out.state), (ys, state)) < TOLERANCE["float64"]


@every_cell
def test_every_mode_of_differentiation_agrees_with_a_plain_scan(cell):
    p = drawn(cell)
    at = (learned(p), p.xs, p.state)
    along = directions(at)

    def modes(loss):
        gradient = jax.grad(loss, argnums=(0, 1, 2))
        slope = lambda *a: jax.jvp(loss, a, along)[1]  # noqa: E731
        inner = lambda a, b: sum(jnp.vdot(u, v) for u, v in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True))  # noqa: E731
        return {
            "vjp": gradient(*at),
            "jvp": slope(*at),
            "jvp of grad": jax.jvp(gradient, at, along)[1],
            "grad of grad": jax.grad(lambda *a: inner(gradient(*a), along), argnums=(0, 1, 2))(*at),
            "linearize": jax.linearize(loss, *at)[1](*along),
            "vmap of grad": jax.vmap(gradient, in_axes=(None, 0, 0))(
                at[0], jnp.stack([p.xs, 0.9 * p.xs]), jax.tree.map(lambda s: jnp.stack([s, s]), p.state)
            ),
        }

    ours, theirs = (jax.jit(functools.partial(modes, loss))() for loss in (loss_of_engine(p), loss_of_plain(p)))
    wrong = {name: difference(ours[name], theirs[name]) for name in ours}
    assert all(d < 1e-8 for d in wrong.values()), wrong


@every_cell
def test_two_halves_with_the_state_carried_equal_one_whole(cell):
    p = drawn(cell)
    whole = p.run()
    cut = lambda part: {name: a[part] for name, a in p.inputs.items()}  # noqa: E731
    first = p.run(xs=p.xs[:2], inputs=cut(slice(2)))
    second = p.run(xs=p.xs[2:], state=first.state, inputs=cut(slice(2, None)))
    halves = jnp.concatenate([first.outputs, second.outputs]), second.state
    assert difference(halves, (whole.outputs, whole.state)) < TOLERANCE["float64"]


@every_cell
def test_padding_never_reaches_a_value_or_a_gradient(cell):
    p = drawn(cell)
    lengths = jnp.array([TIME, 2, 0])
    past = jnp.arange(TIME)[:, None] >= lengths
    spoiled = jnp.where(past[..., None], jnp.nan, p.xs)
    inputs = {n: jnp.where(past.reshape(past.shape + (1,) * (a.ndim - 2)), jnp.nan, a) for n, a in p.inputs.items()}
    loss = jax.jit(jax.value_and_grad(loss_of_engine(p), argnums=(0, 1, 2)))
    clean = jax.jit(jax.value_and_grad(lambda *a: loss_of_engine(p)(*a, lengths=lengths), argnums=(0, 1, 2)))(
        learned(p), p.xs, p.state
    )
    bad = jax.jit(
        jax.value_and_grad(lambda *a: loss_of_engine(p)(*a, lengths=lengths, inputs=inputs), argnums=(0, 1, 2))
    )(learned(p), spoiled, p.state)
    del loss
    assert difference(bad, clean) == 0.0
    assert all(np.isfinite(a).all() for a in jax.tree.leaves(bad))


@every_cell
def test_the_state_is_the_one_at_each_length_and_outputs_past_it_are_zero(cell):
    p = drawn(cell)
    out = p.run(lengths=jnp.array([TIME, 2, 0]))
    short = p.run(xs=p.xs[:2], inputs={n: a[:2] for n, a in p.inputs.items()})
    assert difference([s[1] for s in out.state], [s[1] for s in short.state]) < TOLERANCE["float64"]
    assert difference([s[2] for s in out.state], [s[2] for s in p.state]) == 0.0
    assert not out.outputs[2:, 1].any()
    assert not out.outputs[:, 2].any()


@every_cell
def test_a_reset_starts_the_state_afresh_and_cuts_the_gradient(cell):
    p = drawn(cell)
    resets = jnp.zeros((TIME, BATCH), bool).at[2, 0].set(True)
    out = p.run(resets=resets)
    fresh = p.run(xs=p.xs[2:], state=tuple(_start(p)), inputs={n: a[2:] for n, a in p.inputs.items()})
    assert difference(out.outputs[2:, 0], fresh.outputs[:, 0]) < TOLERANCE["float64"]
    late = jax.grad(lambda xs: jnp.sum(p.run(xs=xs, resets=resets).outputs[2:, 0]))(p.xs)
    assert not late[:2, 0].any()


def _start(p):
    from carrousel.engine import start_state

    plan = plan_cell(p.cell, inputs=p.xs.shape[-1], hidden=HIDDEN, dtype=jnp.float64)
    return [jnp.broadcast_to(s, (BATCH, *s.shape)) for s in start_state(plan)]


@every_cell
def test_the_order_of_the_batch_leaves_no_trace(cell):
    p = drawn(cell)
    turned = p.run(
        xs=p.xs[:, ::-1], state=tuple(s[::-1] for s in p.state), inputs={n: a[:, ::-1] for n, a in p.inputs.items()}
    )
    assert difference(turned.outputs[:, ::-1], p.run().outputs) < TOLERANCE["float64"]


@every_cell
def test_segments_change_neither_value_nor_gradient(cell):
    p = drawn(cell)
    at = (learned(p), p.xs, p.state)
    f = lambda **how: jax.jit(jax.value_and_grad(lambda *a: loss_of_engine(p)(*a, **how), argnums=(0, 1, 2)))(*at)  # noqa: E731
    assert difference(f(segment=2), f(segment=0)) < TOLERANCE["float64"]


@every_cell
def test_the_gradient_compiles_in_eight_seconds(cell):
    plan = plan_cell(cell, inputs=sizes_of(cell), hidden=HIDDEN, dtype=jnp.float32)
    p = problem(cell, jnp.float32)
    loss = jax.jit(jax.grad(loss_of_engine(p)))
    letters = {s: a for s, a in start_letters(plan, Start(), key=jax.random.key(0)).items() if s in cell.learned}
    start = time.process_time()
    loss.lower(letters, p.xs, p.state).compile()
    assert time.process_time() - start < 8

"""Every cell, the odd ones of the engine's tests included, against its own function.

What a cell gives is compiled in four pieces, once a cell; each test looks at one claim.
"""

import functools
import time

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from carrousel.cells import CELLS
from tests.conformance.problem import BATCH, TIME, TOLERANCE, difference, plain, problem, total
from tests.engine.odd_cells import ODD

EVERY = [*CELLS.values(), *ODD]
LENGTHS = (TIME, 2, 0)
CUT = 2

every_cell = pytest.mark.parametrize("cell", EVERY, ids=lambda cell: cell.name)


@pytest.fixture(autouse=True)
def double():
    """Everything here is in float64."""
    with jax.enable_x64():
        yield


@functools.cache
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


def engine(p, letters, xs, state, **how):
    out = p.run({**p.letters, **letters}, xs, state, **how)
    return out.outputs, out.state


@functools.cache
def forwards(cell):
    """The whole, its two halves, the batch turned round, and what follows a reset."""
    p, _ = drawn(cell)

    @jax.jit
    def run(xs, state, inputs):
        whole = p.run(xs=xs, state=state, inputs=inputs)
        first = p.run(xs=xs[:CUT], state=state, inputs=cut(inputs, slice(CUT)))
        second = p.run(xs=xs[CUT:], state=first.state, inputs=cut(inputs, slice(CUT, None)))
        turned = p.run(
            xs=xs[:, ::-1], state=cut(state, slice(None, None, -1)), inputs={n: a[:, ::-1] for n, a in inputs.items()}
        )
        afresh = p.run(xs=xs[CUT:], state=p.start, inputs=cut(inputs, slice(CUT, None)))
        return whole, first, second, turned, afresh

    return run(p.xs, p.state, p.inputs)


@functools.cache
def with_lengths(cell):
    """Value and gradient with lengths, where the padding is as drawn and where it is not a number."""
    p, (letters, xs, state) = drawn(cell)
    past = jnp.arange(TIME)[:, None] >= jnp.array(LENGTHS)

    def f(letters, xs, state, inputs):
        outputs, last = engine(p, letters, xs, state, inputs=inputs, lengths=jnp.array(LENGTHS))
        return total(outputs, last), (outputs, last)

    run = jax.jit(jax.value_and_grad(f, argnums=(0, 1, 2), has_aux=True))
    spoil = lambda a: jnp.where(past.reshape(past.shape + (1,) * (a.ndim - 2)), jnp.nan, a)  # noqa: E731
    return run(letters, xs, state, p.inputs), run(letters, spoil(xs), state, jax.tree.map(spoil, p.inputs))


@functools.cache
def derivatives(cell):
    """Gradient, Hessian-vector product and more, by the engine and by a plain scan that JAX differentiates."""
    p, at = drawn(cell)
    along = jax.tree.map(lambda a: jnp.cos(1 + jnp.arange(a.size, dtype=a.dtype)).reshape(a.shape), at)

    def inner(a, b):
        return sum(jnp.vdot(u, v) for u, v in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True))

    ours, theirs = (jax.grad(loss(p, run), argnums=(0, 1, 2)) for run in (engine, plain))

    @jax.jit
    def modes(at):
        linear = jax.linearize(loss(p, engine), *at)[1]
        doubled = jax.tree.map(lambda a: jnp.stack([a, 0.9 * a]), at[1:])
        return {
            "jvp of grad": jax.jvp(ours, at, along),
            "grad of grad": jax.grad(lambda at: inner(ours(*at), along))(at),
            "linearize": linear(*along),
            "vmap of grad": cut(jax.vmap(ours, in_axes=(None, 0, 0))(at[0], *doubled), 0),
        }

    return modes(at), jax.jit(lambda at: jax.jvp(theirs, at, along))(at), along


@every_cell
def test_values_agree_with_the_function_on_numpy(cell):
    p, _ = drawn(cell)
    whole = forwards(cell)[0]
    assert difference((whole.outputs, whole.state), p.reference()) < TOLERANCE["float64"]


@every_cell
def test_two_halves_with_the_state_carried_equal_one_whole(cell):
    whole, first, second, *_ = forwards(cell)
    halves = jnp.concatenate([first.outputs, second.outputs]), second.state
    assert difference(halves, (whole.outputs, whole.state)) < TOLERANCE["float64"]


@every_cell
def test_the_order_of_the_batch_leaves_no_trace(cell):
    whole, _, _, turned, _ = forwards(cell)
    assert difference(turned.outputs[:, ::-1], whole.outputs) < TOLERANCE["float64"]


@every_cell
def test_the_gradient_agrees_with_a_plain_scan(cell):
    ours, (gradient, _), _ = derivatives(cell)
    assert difference(ours["jvp of grad"][0], gradient) < TOLERANCE["float64"]


@every_cell
def test_every_mode_of_differentiation_agrees_with_a_plain_scan(cell):
    ours, (gradient, product), along = derivatives(cell)
    slope = sum(jnp.vdot(u, v) for u, v in zip(jax.tree.leaves(gradient), jax.tree.leaves(along), strict=True))
    wanted = {"jvp of grad": (gradient, product), "grad of grad": product, "linearize": slope, "vmap of grad": gradient}
    wrong = {name: difference(ours[name], wanted[name]) for name in wanted}
    assert all(d < TOLERANCE["second order"] for d in wrong.values()), wrong


@every_cell
def test_padding_never_reaches_a_value_or_a_gradient(cell):
    clean, spoiled = with_lengths(cell)
    assert all(np.isfinite(a).all() for a in jax.tree.leaves(spoiled))
    assert difference(spoiled, clean) == 0.0


@every_cell
def test_the_state_is_the_one_at_each_length_and_outputs_past_it_are_zero(cell):
    p, _ = drawn(cell)
    (_, (outputs, state)), _ = with_lengths(cell)[0]
    first = forwards(cell)[1]
    assert difference([s[1] for s in state], [s[1] for s in first.state]) < TOLERANCE["float64"]
    assert difference([s[2] for s in state], [s[2] for s in p.state]) == 0.0
    assert not outputs[2:, 1].any()
    assert not outputs[:, 2].any()


@every_cell
def test_a_reset_starts_the_state_afresh_and_cuts_the_gradient(cell):
    p, (letters, xs, state) = drawn(cell)
    resets = jnp.zeros((TIME, BATCH), bool).at[CUT, 0].set(True)

    def late(xs, state):
        outputs, _ = engine(p, letters, xs, state, resets=resets)
        return jnp.sum(outputs[CUT:, 0]), outputs

    run = jax.jit(jax.grad(late, argnums=(0, 1), has_aux=True))
    (early, before), outputs = run(xs, state)
    assert difference(outputs[CUT:, 0], forwards(cell)[4].outputs[:, 0]) < TOLERANCE["float64"]
    assert not early[:CUT, 0].any()
    assert not any(s[0].any() for s in before)


@every_cell
def test_segments_change_no_gradient_and_compile_in_eight_seconds(cell):
    p, at = drawn(cell)
    gradient = jax.jit(jax.grad(lambda *at: loss(p, engine)(*at, segment=CUT), argnums=(0, 1, 2)))
    start = time.process_time()
    compiled = gradient.lower(*at).compile()
    assert time.process_time() - start < 8
    assert difference(compiled(*at), derivatives(cell)[1][0]) < TOLERANCE["float64"]

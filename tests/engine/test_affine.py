"""Linear loops by a parallel scan give what one step after the other gives, in every mode."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from carrousel.cells import CELLS
from carrousel.engine import Cell, Matrices, Vector, Vectors, plan_cell, sigmoid
from carrousel.engine.scanning import PARALLEL_FROM, Scan
from carrousel.layers import Recurrent
from tests.conformance.problem import TOLERANCE, difference, problem

TIME, BATCH = 5, 3


def reading(x: Vector, h: Vector, *, W: Matrices, b: Vectors):
    """The output reads the old state, and a loop of several operations gives values in between."""
    f = sigmoid(W.f @ x + b.f)
    kept = f * h
    new = kept + (1 - f) * (W.h @ x)
    return new * sigmoid(kept) + h, new


def mixing(x: Vector, h: Vector, *, W: Matrices):
    """Linear in the state and not diagonal: every unit reads the others."""
    return W.h @ x + 0.5 * h + 0.3 * jnp.roll(h, 1)


@pytest.fixture(autouse=True)
def double():
    with jax.enable_x64():
        yield


@pytest.mark.parametrize("cell", [CELLS["lru"], Cell(reading)], ids=lambda cell: cell.name)
def test_both_ways_agree_with_lengths_resets_and_a_carried_state_in_every_mode(cell):
    p = problem(cell)
    resets = jnp.zeros((TIME, BATCH), bool).at[2, 0].set(True).at[0, 1].set(True)
    how = {"lengths": jnp.array([TIME, 3, 0]), "resets": resets, "reverse": True}
    at = ({s: p.letters[s] for s in cell.learned}, p.xs, p.state)
    along = jax.tree.map(lambda a: jnp.cos(jnp.arange(a.size, dtype=a.dtype)).reshape(a.shape), at)

    @functools.partial(jax.jit, static_argnums=0)
    def modes(scan):
        def loss(letters, xs, state):
            out = p.run({**p.letters, **letters}, xs, state, scan=scan, **how)
            return jnp.sum(jnp.sin(out.outputs)) + sum(jnp.sum(jnp.cos(s)) for s in out.state)

        gradient = jax.grad(loss, argnums=(0, 1, 2))
        out = p.run(scan=scan, **how)
        forward_of_gradient = jax.jvp(gradient, at, along)
        if scan == "steps":
            return out.outputs, out.state, *forward_of_gradient, forward_of_gradient[1]
        inner = lambda at: sum(map(jnp.vdot, jax.tree.leaves(gradient(*at)), jax.tree.leaves(along)))  # noqa: E731
        return out.outputs, out.state, *forward_of_gradient, jax.grad(inner)(at)

    parallel, steps = modes("parallel"), modes("steps")
    assert difference(parallel[:2], steps[:2]) < TOLERANCE["float64"]
    assert difference(parallel[2:], steps[2:]) < TOLERANCE["second order"]


def test_a_linear_step_that_mixes_units_is_not_taken_for_a_diagonal_one():
    assert plan_cell(Cell(mixing), inputs=4, hidden=6).kind == "elementwise"


def test_a_parallel_scan_holds_no_loop_and_steps_hold_one():
    layer = Recurrent("min-gru", inputs=4, hidden=4, key=jax.random.key(0), dtype=jnp.float64)
    xs = jnp.zeros((TIME, BATCH, 4))
    texts = {
        scan: jax.jit(lambda l, scan=scan: l(xs, scan=scan)[0]).lower(layer).as_text() for scan in ("parallel", "steps")
    }
    assert "stablehlo.while" in texts["steps"]
    assert "stablehlo.while" not in texts["parallel"]


def test_the_table_decides_unless_a_caller_does(monkeypatch):
    monkeypatch.setattr("carrousel.engine.scanning.PARALLEL_FROM", {**PARALLEL_FROM, jax.default_backend(): 1000})
    assert [Scan("auto").is_parallel(time) for time in (999, 1000)] == [False, True]
    assert Scan("parallel").is_parallel(1)
    assert not Scan("steps").is_parallel(10**6)
    monkeypatch.setattr("carrousel.engine.scanning.PARALLEL_FROM", {})
    assert not Scan("auto").is_parallel(10**6)


def test_long_linear_sequences_in_parallel_are_not_cut_into_segments():
    layer = Recurrent("min-gru", inputs=4, hidden=4, key=jax.random.key(0), dtype=jnp.float64)
    xs = jnp.asarray(np.random.default_rng(0).normal(size=(1100, 1, 4)))
    one, two = (jax.jit(lambda l, scan=scan: l(xs, scan=scan)[0])(layer) for scan in ("parallel", "steps"))
    np.testing.assert_allclose(one, two, atol=1e-12)

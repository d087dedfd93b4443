"""Matrix memories in chunks give what one step after the other gives, in every mode."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from carrousel.cells import CELLS
from carrousel.engine import Cell, Matrices, Matrix, Vector, plan_cell, reference, sigmoid
from carrousel.engine import sum as sum_of
from tests.conformance.problem import BATCH, HIDDEN, TIME, TOLERANCE, difference, problem


def two_readers(x: Vector, C: Matrix, *, W: Matrices):
    """Reads by two vectors, and a decay that is often exactly zero."""
    f = jnp.maximum(jnp.mean(W.f @ x), 0.0)
    v, k, q, p = (W[name] @ x for name in "vkqp")
    C = f * C + v[:, None] * k[None, :]
    return sigmoid(sum_of(C * q[None, :], axis=1)) * sum_of(C * p[None, :], axis=1), C


def reads_the_old(x: Vector, C: Matrix, *, W: Matrices):
    """What is read is the old matrix: no memory of the kind that runs in chunks."""
    y = sum_of(C * (W.q @ x)[None, :], axis=1)
    return y, 0.9 * C + (W.v @ x)[:, None] * (W.k @ x)[None, :]


MEMORIES = [CELLS["matrix-lstm"], CELLS["matrix-lstm-sigmoid"]]


@pytest.fixture(autouse=True)
def double():
    with jax.enable_x64():
        yield


@pytest.mark.parametrize("cell", MEMORIES, ids=lambda cell: cell.name)
def test_the_matrix_loop_of_an_mlstm_is_found(cell):
    plan = plan_cell(cell, inputs=4, hidden=6)
    assert plan.kind == "matrix"
    (loop,) = (loop for loop in plan.loops if loop.kind == "matrix")
    assert all(np.prod(plan.trace.avals[i].shape) <= 6 for i in loop.smooth)


def test_a_memory_whose_old_matrix_is_read_is_left_alone():
    assert plan_cell(Cell(reads_the_old), inputs=4, hidden=6).kind == "linear"


def test_chunks_agree_with_steps_in_every_mode(monkeypatch):
    cell = CELLS["matrix-lstm"]
    monkeypatch.setattr("carrousel.engine.chunks.CHUNK", 2)
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

        out = p.run(scan=scan, **how)
        return out.outputs, out.state, *jax.jvp(jax.grad(loss, argnums=(0, 1, 2)), at, along)

    chunks, steps = modes("parallel"), modes("steps")
    assert difference(chunks[:3], steps[:3]) < TOLERANCE["float64"]
    assert difference(chunks[3], steps[3]) < TOLERANCE["second order"]


def test_several_reads_and_exact_zeros_of_the_decay_are_right():
    p = problem(Cell(two_readers))
    assert plan_cell(p.cell, inputs=4, hidden=HIDDEN, dtype=jnp.float64).kind == "matrix"
    assert difference(p.run()[:2], reference(p.cell, p.letters, p.xs, p.state)) < TOLERANCE["float64"]


def test_named_values_of_a_memory_are_given_at_every_step():
    p = problem(CELLS["matrix-lstm-sigmoid"])
    out = p.run(named=True)
    assert out.named["C"].shape == (TIME, BATCH, 2, HIDDEN // 2, HIDDEN // 2)
    np.testing.assert_allclose(out.named["C"][-1], out.state[0], rtol=1e-12)

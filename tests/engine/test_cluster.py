"""Loops run by a cluster of blocks: interpreted as threads they give what steps give, and Mosaic takes them."""

import dataclasses
import functools

import jax
import jax.export
import jax.numpy as jnp
import pytest

from carrousel.cells import CELLS
from carrousel.engine import plan_cell
from carrousel.engine.gpu import choice, sharing
from carrousel.errors import CellError
from tests.conformance.problem import TOLERANCE, difference
from tests.engine.test_gpu import problem

HIDDEN = 64
KINDS = {"one meeting a step": "lstm", "two meetings a step": "gru-reset-before"}
MOSAIC = "stablehlo.custom_call @mosaic_gpu"


def shared(name, hidden):
    """How a cell's one loop is shared out."""
    plan = plan_cell(CELLS[name], inputs=4, hidden=hidden)
    return sharing.share(plan.loops[0], plan.trace)


interpreted = pytest.mark.skipif(
    not jax.__version__.startswith(choice.INTERPRETER), reason="JAX's interpreter of Mosaic kernels waits for itself"
)


@pytest.fixture
def races(monkeypatch):
    """Two blocks, and whether one has read what another wrote without having met it."""
    from jax._src.pallas.mosaic_gpu.interpret import interpret_pallas_call as interpreter  # noqa: PLC0415

    from carrousel.engine.gpu.blocks import Threads  # noqa: PLC0415 - Pallas is slow to import

    launched = Threads.launched

    def watched(self):
        how = launched(self)
        return {**how, "interpret": dataclasses.replace(how["interpret"], detect_races=True)}

    monkeypatch.setattr(Threads, "launched", watched)
    monkeypatch.setattr(sharing, "SIZES", (2,))
    return lambda: interpreter.get_races().races_found


@interpreted
@pytest.mark.parametrize("name", KINDS.values(), ids=KINDS)
def test_a_cluster_gives_the_values_and_gradients_of_steps(name, races):
    loss, (letters, xs, state) = problem(name, jnp.float32, HIDDEN)
    at = letters, xs[:, :3], tuple(s[:3] for s in state)
    how = {"resets": jnp.zeros((3, 3), bool).at[1, 0].set(True), "lengths": jnp.array([3, 2, 0])}
    run = [jax.value_and_grad(functools.partial(loss, scan=s, **how), argnums=(0, 1, 2)) for s in ("cluster", "steps")]
    cluster, steps = (jax.jit(f)(*at) for f in run)
    assert difference(cluster, steps) < TOLERANCE["float32"]
    assert not races()


@interpreted
def test_blocks_that_meet_once_a_step_need_two_copies_of_what_they_tell(races, monkeypatch):
    monkeypatch.setattr(sharing.Sharing, "buffers", 1)
    loss, at = problem("elman", jnp.float32, HIDDEN)
    jax.block_until_ready(jax.jit(functools.partial(loss, scan="cluster"))(*at))
    assert races()


@pytest.mark.parametrize(("name", "hidden"), [("lstm", 512), ("gru-reset-before", 64)])
def test_mosaic_takes_forward_and_backward_in_one_launch_each(name, hidden, monkeypatch):
    monkeypatch.setattr(choice, "on_gpu", lambda: True)
    loss, at = problem(name, jnp.float32, hidden)
    derived = jax.jit(jax.value_and_grad(functools.partial(loss, scan="cluster", precision="mixed"), argnums=(0, 1)))
    lowered = jax.export.export(derived, platforms=["cuda"])(*at).mlir_module()
    assert lowered.count(MOSAIC) == 2
    assert "stablehlo.while" not in lowered


def test_the_matrices_of_an_lstm_of_512_units_fit_sixteen_blocks():
    found = shared("lstm", 512)
    assert (found.blocks, found.units, found.buffers) == (16, 32, 2)
    matrices, told, products = 2 * 128 * 512, 2 * 4 * 512 * 16, 2 * 128 * 16
    assert found.held == matrices + told + products <= sharing.SHARED - sharing.BESIDE
    assert shared("lstm", 256).blocks == 8
    assert shared("elman", 768).blocks == 16


@pytest.mark.parametrize(
    ("name", "hidden", "why"),
    [
        ("indy-lstm", 64, "it has no products"),
        ("slstm", 64, "its units stand in heads"),
        ("layer-norm-lstm", 64, "blocks meet in products alone, and its step has concatenate"),
        ("sgu", 64, "a cluster knows no log1p"),
        ("lstm", 96, "a cluster takes multiples of 64 units, not 96"),
        ("lstm", 768, "16 blocks have no room for its matrices of 768 units"),
    ],
)
def test_what_does_not_fit_a_cluster_is_told(name, hidden, why):
    assert shared(name, hidden).why.startswith(why)


def test_a_cluster_is_told_what_numbers_it_takes(monkeypatch):
    loss, at = problem("lstm", jnp.float32, HIDDEN)
    heads, there = problem("slstm", jnp.float32, HIDDEN)
    with pytest.raises(CellError, match="slstm does not fit a cluster: its units stand in heads"):
        heads(*there, scan="cluster")
    monkeypatch.setattr(choice, "on_gpu", lambda: True)
    with pytest.raises(CellError, match="set precision to mixed to run lstm in one"):
        loss(*at, scan="cluster")

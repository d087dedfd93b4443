"""Loops in one GPU kernel: interpreted here they give what steps give, and Triton takes them without a GPU at hand."""

import functools
import subprocess
import sys
from types import SimpleNamespace

import jax
import jax.export
import jax.numpy as jnp
import numpy as np
import pytest

from carrousel.cells import CELLS, find_cell
from carrousel.engine import (
    Matrices,
    Scalars,
    Start,
    Vector,
    Vectors,
    plan_cell,
    recur,
    sigmoid,
    start_letters,
    start_state,
    tanh,
)
from carrousel.engine.gpu import choice
from carrousel.errors import CellError
from tests.conformance.problem import TOLERANCE, difference, total

TIME, BATCH, INPUTS, HIDDEN = 3, 17, 4, 32
"""A batch that leaves most of a second tile of 16 empty."""

KINDS = {
    "plain": "elman",
    "gates": "lstm",
    "reset after": "gru",
    "a norm over all gates": "layer-norm-gru",
    "heads": "slstm",
    "one lane a unit": "indy-lstm",
}
TRITON = [jax.export.DisabledSafetyCheck.custom_call(n) for n in ("__gpu$xla.gpu.triton", "triton_kernel_call")]


def scaled(x: Vector, h: Vector, *, W: Matrices, u: Vectors, s: Scalars):
    """Units that are alone, with a number that all share."""
    return tanh(W.h @ x + s.a * sigmoid(u.h * h))


def problem(name, dtype, hidden=HIDDEN):
    """A cell's loss as a function of letters, inputs and states, and a place to differentiate it at."""
    cell = find_cell(name)
    plan = plan_cell(cell, inputs=INPUTS, hidden=hidden, dtype=dtype)
    random = np.random.default_rng(0)
    letters = start_letters(plan, Start(), key=jax.random.key(0))
    xs = jnp.asarray(random.normal(size=(TIME, BATCH, INPUTS)), dtype)
    state = tuple(jnp.broadcast_to(s, (BATCH, *s.shape)) for s in start_state(plan))

    def loss(letters, xs, state, **how):
        out = recur(cell, letters, xs, state, hidden=hidden, **how)
        return total(out.outputs, out.state)

    return loss, (letters, xs, state)


def both(name, dtype, *, derive=jax.value_and_grad, hidden=HIDDEN, **how):
    """What a loss gives in one kernel, and step by step."""
    loss, at = problem(name, dtype, hidden)
    run = {s: derive(functools.partial(loss, scan=s, **how), argnums=(0, 1, 2)) for s in ("kernel", "steps")}
    return [jax.jit(f)(*at) for f in run.values()]


@pytest.mark.parametrize(
    ("name", "hidden"),
    [("layer-norm-gru", 32), ("slstm", 32), (scaled, 150)],
    ids=["a norm over all gates", "heads", "one lane a unit, in two parts"],
)
def test_a_kernel_gives_the_values_and_gradients_of_steps(name, hidden):
    resets = jnp.zeros((TIME, BATCH), bool).at[1, 0].set(True)
    lengths = jnp.full(BATCH, TIME).at[1].set(2).at[16].set(0)
    with jax.enable_x64():
        kernel, steps = both(name, jnp.float64, hidden=hidden, lengths=lengths, resets=resets)
    assert difference(kernel, steps) < TOLERANCE["float64"]


def test_mixed_precision_means_the_same_in_a_kernel():
    kernel, steps = both("slstm", jnp.float32, precision="mixed")
    assert difference(kernel, steps) < TOLERANCE["mixed"]


def test_second_derivatives_through_a_kernel_are_those_of_steps():
    def along(loss, argnums):
        def second(*at):
            change = jax.tree.map(lambda a: jnp.cos(jnp.arange(a.size, dtype=a.dtype)).reshape(a.shape), at)
            return jax.jvp(jax.grad(loss, argnums=argnums), at, change)

        return second

    with jax.enable_x64():
        resets = jnp.zeros((TIME, BATCH), bool).at[1, 0].set(True)
        kernel, steps = both("elman", jnp.float64, derive=along, resets=resets)
    assert difference(kernel, steps) < TOLERANCE["second order"]


@pytest.mark.parametrize("name", KINDS.values(), ids=KINDS)
def test_triton_takes_forward_and_backward_in_one_launch_each(name, monkeypatch):
    monkeypatch.setattr(choice, "on_gpu", lambda: True)
    loss, at = problem(name, jnp.float32)
    derived = jax.jit(jax.value_and_grad(functools.partial(loss, scan="kernel", precision="mixed"), argnums=(0, 1)))
    lowered = jax.export.export(derived, platforms=["cuda"], disabled_checks=TRITON)(*at).mlir_module()
    assert lowered.count("xla.gpu.triton") + lowered.count("triton_kernel_call") == 2
    assert "stablehlo.while" not in lowered


@pytest.mark.parametrize(
    ("name", "hidden", "why"),
    [
        ("matrix-lstm", 32, "its step holds a matrix"),
        ("lru", 32, "knows no imag"),
        ("lstm", 24, "powers of two and not 24"),
        ("slstm", 16, "from 16 on, not 8"),
    ],
)
def test_what_does_not_fit_a_kernel_is_told_where_one_is_wanted(name, hidden, why):
    loss, at = problem(name, jnp.float32, hidden)
    with pytest.raises(CellError, match=f"{name} does not fit one kernel: .*{why}; leave scan at auto"):
        loss(*at, scan="kernel")


def test_a_gpu_takes_what_fits_and_steps_through_the_rest(monkeypatch):
    def kernels(name, hidden, time=choice.STEPS, **how):
        cell = CELLS[name]
        plan = plan_cell(cell, inputs=INPUTS, hidden=hidden)
        shapes = jax.eval_shape(lambda: start_letters(plan, Start(), key=jax.random.key(0)))
        state = tuple(jax.ShapeDtypeStruct((2, *s.shape), s.dtype) for s in start_state(plan))
        xs = jax.ShapeDtypeStruct((time, 2, INPUTS), jnp.float32)
        run = functools.partial(recur, cell, hidden=hidden, **how)
        return str(jax.make_jaxpr(lambda *a: run(*a).outputs)(shapes, xs, state)).count("pallas_call")

    assert kernels("lstm", 32) == 0
    monkeypatch.setattr(choice, "room", lambda: choice.MATRICES["9.0"])
    assert kernels("lstm", 32) == 1
    assert kernels("lstm", 32, time=2048) == 1
    assert kernels("lstm", 32, time=choice.STEPS - 1) == 0
    assert kernels("lstm", 32, scan="steps") == 0
    assert kernels("lstm", 24) == 0
    assert (kernels("lstm", 64), kernels("lstm", 128), kernels("lstm", 128, precision="mixed")) == (1, 0, 1)
    assert kernels("layer-norm-gru", 32) == 0
    assert kernels("indrnn", 24) == 1
    monkeypatch.setattr(choice, "VALUES", 0)
    assert kernels("lstm", 32) == 0


def test_kernels_run_by_themselves_on_one_known_gpu_alone(monkeypatch):
    assert choice.room() is None
    monkeypatch.setattr(choice, "on_gpu", lambda: True)
    for capability, count, wanted in (
        ("9.0", 1, 128 * 1024),
        ("8.9", 1, 64 * 1024),
        ("7.5", 1, None),
        ("9.0", 2, None),
    ):
        device = SimpleNamespace(compute_capability=capability)
        monkeypatch.setattr(jax, "devices", lambda device=device: [device])
        monkeypatch.setattr(jax, "device_count", lambda count=count: count)
        assert choice.room() == wanted


def test_importing_the_engine_leaves_pallas_alone():
    code = "import sys, carrousel.engine; sys.exit('jax.experimental.pallas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

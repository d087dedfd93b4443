"""How a plan runs: precision, segments, batches of models, many devices, one step at a time."""

import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from carrousel.cells import CELLS
from carrousel.engine import Cell, Precision, Start, plan_cell, start_letters
from carrousel.engine.recurrence import segment_length
from carrousel.engine.start import keeping_gate
from carrousel.errors import CellError, SettingsError
from carrousel.layers import Recurrent, trained
from tests.engine import odd_cells

LSTM = Recurrent("lstm", inputs=5, hidden=8, key=jax.random.key(0))
XS = jax.random.normal(jax.random.key(1), (6, 3, 5))


def loss(layer, xs, **how):
    ys, state = layer(xs, **how)
    return jnp.sum(jnp.sin(ys)) + sum(jnp.sum(s) for s in state)


def test_mixed_precision_is_near_float32_and_not_equal():
    value, gradient = jax.jit(jax.value_and_grad(lambda l: loss(l, XS, precision="mixed"), allow_int=True))(LSTM)
    exact, wanted = jax.jit(jax.value_and_grad(lambda l: loss(l, XS), allow_int=True))(LSTM)
    assert value != exact
    np.testing.assert_allclose(value, exact, rtol=2e-2)
    for a, b in zip(jax.tree.leaves(gradient.letters), jax.tree.leaves(wanted.letters), strict=True):
        assert a.dtype == jnp.float32
        assert np.linalg.norm(a - b) < 2e-2 * np.linalg.norm(b)


def test_a_precision_that_there_is_not_is_told_with_those_that_there_are():
    with pytest.raises(SettingsError, match="one of float32, mixed, not 'half'"):
        Precision("half")


def test_mixed_precision_multiplies_bfloat16_in_both_directions(monkeypatch):
    monkeypatch.setattr("carrousel.engine.precision.multiplies_bfloat16", lambda: True)
    text = jax.jit(jax.grad(lambda l: loss(l, XS, precision="mixed"), allow_int=True)).lower(LSTM).as_text()
    products = [line for line in text.splitlines() if "dot_general" in line]
    assert products
    assert all("bf16" in line.split(":")[-1].split("->")[0] for line in products)


def test_an_unknown_precision_is_refused():
    with pytest.raises(ValueError, match="half"):
        Precision("half")


def test_float64_is_honoured():
    with jax.enable_x64():
        layer = Recurrent("lstm", inputs=5, hidden=8, key=jax.random.key(0), dtype=jnp.float64)
        ys, _ = layer(XS.astype(jnp.float64))
        assert ys.dtype == jnp.float64


@pytest.mark.parametrize(("time", "steps"), [(100, 0), (1024, 32), (20000, 125), (1031, 32)])
def test_long_sequences_are_cut_near_the_root_of_their_length(time, steps):
    assert segment_length(time) == steps


def test_segments_keep_less():
    xs = jnp.zeros((4096, 1, 5))

    def kept(segment):
        compiled = jax.jit(jax.grad(lambda l: loss(l, xs, segment=segment), allow_int=True)).lower(LSTM).compile()
        return compiled.memory_analysis().temp_size_in_bytes

    assert kept(None) < kept(0) / 4


def test_a_batch_of_models_equals_the_models_one_by_one():
    keys = jax.random.split(jax.random.key(2), 3)
    make = lambda key: Recurrent("lstm", inputs=5, hidden=8, key=key)  # noqa: E731
    together = jax.vmap(lambda key: loss(make(key), XS))(keys)
    np.testing.assert_allclose(together, [loss(make(k), XS) for k in keys], rtol=1e-5)


def test_one_step_at_a_time_equals_the_whole():
    for name, layer in {
        "lstm": LSTM,
        "shift": Recurrent(odd_cells.ODD[13], inputs=5, hidden=8, key=jax.random.key(3)),
    }.items():
        ys, last = layer(XS)
        step, state, steps = layer.stepper(), layer.start_state(3), []
        for x in XS:
            y, state = step(x, state)
            steps.append(y)
        np.testing.assert_allclose(jnp.stack(steps), ys, atol=1e-6, err_msg=name)
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-6), state, last)


@pytest.mark.parametrize("cell", ["lstm", "sru", "multiplicative-lstm", "shift"])
def test_a_step_by_the_numbers_of_few_vectors_equals_the_step_by_the_vectors(cell):
    found = odd_cells.ODD[13] if cell == "shift" else cell
    layer = Recurrent(found, inputs=5, hidden=5, key=jax.random.key(3))
    words, numbers = XS[0], jnp.array([2, 0, 2, 1])
    by_number, by_vector = jax.jit(layer.stepper(words=words)), jax.jit(layer.stepper())
    state = other = layer.start_state(4)
    for _ in range(3):
        y, state = by_number(numbers, state)
        wanted, other = by_vector(words[numbers], other)
        np.testing.assert_allclose(y, wanted, atol=1e-6)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-6), state, other)


def test_what_is_made_of_a_vector_alone_is_made_before_the_step():
    step = LSTM.stepper(words=XS[0])
    inside = str(jax.make_jaxpr(step)(jnp.array([0]), LSTM.start_state(1)))
    assert inside.count("dot_general") == 1, inside  # that of the state


def test_reverse_starts_at_each_sequences_own_end():
    lengths = jnp.array([6, 4, 0])
    ys, state = LSTM(XS, lengths=lengths, reverse=True)
    alone, last = LSTM(XS[:4, 1:2][::-1])
    np.testing.assert_allclose(ys[:4, 1:2], alone[::-1], atol=1e-6)
    np.testing.assert_allclose(state[0][1:2], last[0], atol=1e-6)
    assert not ys[4:, 1].any()


def test_constants_and_fixed_letters_are_not_trained():
    counter = Recurrent(odd_cells.ODD[9], inputs=5, hidden=8, key=jax.random.key(0))
    reservoir = Recurrent(Cell(odd_cells.mean_over_units, fixed="U"), inputs=5, hidden=8, key=jax.random.key(0))
    assert not any(jax.tree.leaves(trained(counter).fixed))
    gradient = jax.grad(lambda l: loss(l, XS), allow_int=True)(reservoir)
    assert not np.any(gradient.fixed["U"]["h"])
    assert np.any(gradient.letters["W"]["h"])


def test_chrono_start_opens_the_keeping_gate_and_closes_the_other():
    plan = plan_cell(CELLS["lstm"], inputs=5, hidden=64)
    b = start_letters(plan, Start(chrono=100.0), key=jax.random.key(0))["b"]
    assert 0 <= b["f"].min() < b["f"].max() <= np.log(99)
    np.testing.assert_array_equal(b["i"], -b["f"])


def test_a_cell_that_keeps_nothing_takes_no_forget_bias():
    plan = plan_cell(Cell(odd_cells.mean_over_units), inputs=5, hidden=8)
    with pytest.raises(CellError, match="no gate that keeps"):
        keeping_gate(plan)


def test_uniform_start_covers_biases_too():
    plan = plan_cell(CELLS["lstm"], inputs=5, hidden=8)
    letters = start_letters(plan, Start(scale=0.1), key=jax.random.key(0))
    assert all(0 < np.abs(a).max() <= 0.1 for a in jax.tree.leaves(letters))


def test_orthogonal_start_is_for_what_acts_on_states():
    U = start_letters(plan_cell(CELLS["lstm"], inputs=8, hidden=8), Start(), key=jax.random.key(0))["U"]["i"]
    np.testing.assert_allclose(U @ U.T, np.eye(8), atol=1e-5)


SHARDED = """
import jax, jax.numpy as jnp, numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec as P
from carrousel.layers import Recurrent
layer = Recurrent("lstm", inputs=5, hidden=8, key=jax.random.key(0))
xs = jax.random.normal(jax.random.key(1), (6, 4, 5))
mesh = Mesh(np.array(jax.devices()), ("data",))
put = lambda a, spec: jax.device_put(a, NamedSharding(mesh, spec))
gradient = jax.grad(lambda l, xs: sum(jnp.sum(a) for a in jax.tree.leaves(l(xs))), allow_int=True)
args = put(layer, P()), put(xs, P(None, "data"))
compiled = jax.jit(gradient, out_shardings=NamedSharding(mesh, P())).lower(*args).compile()
text = compiled.as_text()
alone = gradient(layer, xs)
for a, b in zip(jax.tree.leaves(compiled(*args)), jax.tree.leaves(alone)):
    np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
print(text.count(" all-reduce("), text.count(" all-gather("))
"""


def test_data_parallel_sharding_takes_one_all_reduce_and_no_gather():
    environment = {
        "XLA_FLAGS": "--xla_force_host_platform_device_count=2",
        "JAX_PLATFORMS": "cpu",
        "PYTHONPATH": ":".join(sys.path),
    }
    done = subprocess.run([sys.executable, "-c", SHARDED], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["1", "0"], done.stderr[-2000:]

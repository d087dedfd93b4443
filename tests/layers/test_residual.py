"""Residual and highway layers pass their inputs on; a fast-slow stack takes several steps for each input."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from carrousel.errors import CellError, ShapeError
from carrousel.layers import Highway, Recurrent, Residual, Stack, Zoneout, fast_slow

KEY, TIME, BATCH, SIZE = jax.random.key(0), 4, 2, 3
XS = jax.random.normal(jax.random.key(1), (TIME, BATCH, SIZE))
LENGTHS = jnp.array([4, 2])
PADDED = jnp.where((jnp.arange(TIME)[:, None] < LENGTHS)[..., None], XS, jnp.nan)
LAYER = Recurrent("elman", inputs=SIZE, hidden=SIZE, key=KEY)


def test_a_residual_layer_adds_its_inputs_within_the_lengths():
    ys, state = jax.jit(lambda: Residual(LAYER)(PADDED, lengths=LENGTHS))()
    plain, last = jax.jit(lambda: LAYER(XS, lengths=LENGTHS))()
    np.testing.assert_allclose(ys, plain + jnp.where(jnp.isnan(PADDED), 0, XS), atol=1e-6)
    np.testing.assert_allclose(state[0], last[0], atol=1e-6)


def test_a_highway_layer_mixes_by_a_gate_of_its_input():
    layer = Highway(LAYER, key=KEY)
    ys, _ = jax.jit(lambda: layer(PADDED, lengths=LENGTHS))()
    plain = np.asarray(jax.jit(lambda: LAYER(XS, lengths=LENGTHS))()[0])
    xs = np.nan_to_num(PADDED)
    gate = 1 / (1 + np.exp(-(xs @ layer.weight.T - 1)))
    np.testing.assert_allclose(ys, gate * plain + (1 - gate) * xs, atol=1e-6)


def test_they_stand_in_a_stack_and_hand_the_key_of_training_down():
    zoned = Recurrent("elman", inputs=SIZE, hidden=SIZE, key=KEY, wrappers=[Zoneout(0.5)])
    stack = Stack([Residual(zoned), Highway(LAYER, key=KEY)])
    run = jax.jit(lambda key: stack(XS, key=key)[0])
    assert np.abs(run(jax.random.key(1)) - run(jax.random.key(2))).max() > 0.01


def test_sizes_that_differ_are_refused():
    with pytest.raises(ShapeError, match="size of its outputs, 3"):
        Residual(LAYER)(jnp.zeros((TIME, BATCH, 2)))


def gru(letters, x, h):
    W, U, b = (letters[s] for s in "WUb")
    r, z = (1 / (1 + np.exp(-(x @ W[k].T + h @ U[k].T + b[k]))) for k in "rz")
    return (1 - z) * np.tanh(x @ W["n"].T + b["n"] + r * (h @ U["n"].T + b["hn"])) + z * h


def test_a_fast_slow_stack_is_the_loop_of_its_paper():
    layer = Recurrent(fast_slow("elman", "gru", count=3), inputs=SIZE, hidden=SIZE, key=KEY)
    fast = {s: {k: np.asarray(a) for k, a in layer.letters[f"fast_{s}"].items()} for s in "WUb"}
    slow = {s: {k: np.asarray(a) for k, a in layer.letters[f"slow_{s}"].items()} for s in "WUb"}
    h, s = np.zeros((BATCH, SIZE)), np.zeros((BATCH, SIZE))
    (ys, (last, last_slow)) = jax.jit(lambda xs: layer(xs, scan="steps"))(XS)
    for x, y in zip(np.asarray(XS), ys, strict=True):
        h = np.tanh(x @ fast["W"]["1.h"].T + h @ fast["U"]["1.h"].T + fast["b"]["1.h"])
        s = gru(slow, h, s)
        h = np.tanh(s @ fast["W"]["2.h"].T + h @ fast["U"]["2.h"].T + fast["b"]["2.h"])
        h = np.tanh(h @ fast["U"]["3.h"].T + fast["b"]["3.h"])
        np.testing.assert_allclose(y, h, atol=1e-5)
    np.testing.assert_allclose(last, h, atol=1e-5)
    np.testing.assert_allclose(last_slow, s, atol=1e-5)
    assert fast["W"]["3.h"].size == 0


def test_a_fast_slow_stack_has_two_fast_cells_at_least():
    with pytest.raises(CellError, match="at least two fast cells"):
        fast_slow("elman", "gru", count=1)

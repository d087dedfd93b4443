"""Wrappers of any cell take effect in training, and those of training alone are off in evaluation."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from carrousel.errors import CellError, SettingsError
from carrousel.layers import Recurrent, Stack, VariationalDropout, WeightDrop

KEY, TIME, BATCH, SIZE = jax.random.key(0), 6, 3, 4
XS = jax.random.normal(jax.random.key(1), (TIME, BATCH, SIZE))


def layer(*wrappers, cell="lstm"):
    return Recurrent(cell, inputs=SIZE, hidden=SIZE, key=KEY, wrappers=wrappers)


@eqx.filter_jit
def letter_gradient(wrapped, key):
    loss = lambda letters: jnp.sum(jnp.sin(replaced(wrapped, letters)(XS, key=key)[0]))  # noqa: E731
    return jax.grad(loss)(wrapped.letters)


def replaced(wrapped, letters):
    changed = jax.tree.unflatten(jax.tree.structure(wrapped), jax.tree.leaves((letters, wrapped.fixed)))
    assert jax.tree.structure(changed.letters) == jax.tree.structure(letters)
    return changed


@eqx.filter_jit
def run(wrapped, key=None):
    return wrapped(XS, key=key)


TRAINING_ONLY = [
    WeightDrop(0.5),
    VariationalDropout(state=0.5),
    VariationalDropout(input=0.5),
]


@pytest.mark.parametrize("wrapper", TRAINING_ONLY, ids=repr)
def test_a_wrapper_of_training_acts_with_a_key_and_is_off_without(wrapper):
    bare, wrapped = layer(), layer(wrapper)
    wanted = run(bare)
    jax.tree.map(np.testing.assert_array_equal, run(wrapped), wanted)
    one, same, other = (run(wrapped, jax.random.key(k))[0] for k in (1, 1, 2))
    assert np.array_equal(one, same)
    assert np.abs(one - wanted[0]).max() > 0.01
    assert np.abs(one - other).max() > 0.01


def test_a_stack_gives_each_layer_a_key_of_its_own_in_training():
    stack = Stack([layer(WeightDrop(0.5)), layer(WeightDrop(0.5))])
    plain = Stack([layer(), layer()])
    np.testing.assert_array_equal(run(stack)[0], run(plain)[0])

    @jax.jit
    def one_by_one(key):
        first = stack.layers[0](XS, key=jax.random.fold_in(key, 3))[0]
        return stack.layers[1](first, key=jax.random.fold_in(key, 4))[0]

    np.testing.assert_allclose(run(stack, KEY)[0], one_by_one(KEY), atol=1e-6)
    assert np.abs(run(stack, KEY)[0] - run(plain)[0]).max() > 0.01


def test_dropped_weights_have_no_gradient_and_kept_ones_are_scaled_at_every_step():
    wrapped, key = layer(WeightDrop(0.5)), jax.random.key(5)
    gradient = letter_gradient(wrapped, key)
    dropped = {name: g == 0 for name, g in gradient["U"].items()}
    assert all(0 < d.sum() < d.size for d in dropped.values())
    assert not any((g == 0).any() for g in gradient["W"].values())
    by_hand = {name: jnp.where(d, 0, 2 * wrapped.letters["U"][name]) for name, d in dropped.items()}
    bare = replaced(layer(), {**wrapped.letters, "U": by_hand})
    np.testing.assert_allclose(run(wrapped, key)[0], run(bare)[0], atol=1e-6)


def test_variational_masks_are_one_a_sequence_and_leave_the_carried_state_whole():
    wrapped, key = layer(VariationalDropout(state=0.5), cell="elman"), jax.random.key(4)
    W, U, b = (wrapped.letters[s]["h"] for s in ("W", "U", "b"))
    slopes = jax.jit(jax.jacobian(lambda h: wrapped(XS, (h,), key=key)[0][0].sum(0)))(jnp.zeros((BATCH, SIZE)))
    mask = np.abs(slopes).sum(0) > 0
    assert 0 < mask.sum() < mask.size
    h = np.zeros((BATCH, SIZE))
    for x, y in zip(XS, run(wrapped, key)[0], strict=True):
        h = np.tanh(x @ W.T + 2 * (h * mask) @ U.T + b)
        np.testing.assert_allclose(y, h, atol=1e-5)


def test_a_wrapper_without_anything_to_act_on_says_so():
    with pytest.raises(CellError, match="weight drop acts on matrices between states, and indrnn has none"):
        layer(WeightDrop(0.5), cell="indrnn")


@pytest.mark.parametrize("make", [WeightDrop, lambda rate: VariationalDropout(state=rate)])
def test_a_rate_is_below_one(make):
    with pytest.raises(SettingsError, match="cannot be 1"):
        make(1)

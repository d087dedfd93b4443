"""The average of the weights: what it is the mean of, and when it begins."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from carrousel.training.positions import Position
from carrousel.training.updates import Carry, Rule, compile_updates

CAPACITY = 6


def slope(network, batch, state, key):
    return (network["w"] * batch).sum(), (state, {})


def after(updates, shares, *, parts):
    """The weights after each update and the average after the last, made in several calls."""
    rates = np.full(CAPACITY, 0.5, np.float32)
    batches = jnp.asarray(np.random.default_rng(0).normal(size=(CAPACITY, 3)), jnp.float32)
    start = {"w": jnp.ones(3)}
    carry = Carry({"w": jnp.ones(3)}, optax.EmptyState(), (), {"w": jnp.ones(3)})
    first = 0
    for count in parts:
        own = np.ones(CAPACITY, np.float32)
        own[:count] = shares[first : first + count]
        carry, _ = updates(carry, jnp.roll(batches, -first, 0), rates, count, first, jax.random.key(0), own)
        first += count
    weights = np.asarray(start["w"]) - 0.5 * np.cumsum(np.asarray(batches), axis=0)
    return weights, carry


@pytest.mark.parametrize("parts", [[6], [1, 3, 2]])
@pytest.mark.parametrize("begun", [0, 3])
def test_the_average_is_the_mean_of_the_weights_after_each_update_since_it_began(begun, parts):
    updates = compile_updates({"w": jnp.ones(3)}, slope, Rule(optax.identity(), 0.0))
    position = Position(averaged=begun)
    shares = np.concatenate([np.ones(begun, np.float32), Position(averaged=begun, update=begun).shares(6 - begun)])
    weights, carry = after(updates, shares, parts=parts)
    assert np.allclose(carry.trained["w"], weights[-1], atol=1e-6)
    assert np.allclose(carry.average["w"], weights[begun:].mean(axis=0), atol=1e-6)
    assert position.averaged == begun


def test_before_it_begins_the_average_is_the_weights_themselves():
    updates = compile_updates({"w": jnp.ones(3)}, slope, Rule(optax.identity(), 0.0))
    _, carry = after(updates, Position().shares(6), parts=[6])
    assert np.array_equal(carry.average["w"], carry.trained["w"])


@pytest.mark.parametrize(
    ("losses", "met"),
    [
        ([5, 4, 3], False),  # fewer validations than the patience allows for
        ([5, 4, 3, 4.5], False),  # worse than the last two, and than the best before those it is not
        ([5, 3, 4, 4, 4.5], True),
        ([3, 4, 4, 4.5], True),
        ([5, 4, 3, 2.9], False),
    ],
)
def test_averaging_begins_when_validation_is_worse_than_the_best_of_all_but_the_last_few(losses, met):
    position = Position(update=7, losses=[float(loss) for loss in losses])
    assert position.begin_average(patience=2) is met
    assert position.averaged == (7 if met else None)
    assert not position.begin_average(patience=2) or not met

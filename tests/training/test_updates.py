"""The compiled loop of updates, on a network small enough to differentiate by hand."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from carrousel.engine import Cell, Matrices, Vector, tanh
from carrousel.layers import Recurrent
from carrousel.layers import trained as learns
from carrousel.training.updates import Carry, Rule, compile_updates

CAPACITY = 4
KEY = jax.random.key(0)


class Line(eqx.Module):
    """A linear map of rows of a table."""

    table: jax.Array
    weight: jax.Array


def line(seed=0):
    rng = np.random.default_rng(seed)
    table, weight = (jnp.asarray(rng.normal(size=shape), jnp.float32) for shape in ((6, 3), (3,)))
    return Line(table, weight)


def squares(network, batch, state, key):
    """Squared errors of the rows that `tokens` names, with the last output carried."""
    outputs = network.table[batch["tokens"]] @ network.weight + state
    loss = ((outputs - batch["targets"]) ** 2).sum()
    return loss, (outputs[-1] * 0.1, {"nll": loss, "tokens": jnp.float32(2)})


def batches(count=3, *, rows=False):
    rng = np.random.default_rng(1)
    tokens = rng.integers(0, 6, (CAPACITY, 2)).astype(np.int32)
    taken = {"tokens": tokens, "targets": rng.normal(size=(CAPACITY, 2)).astype(np.float32)}
    if rows:
        named = [np.unique(pair, return_inverse=True) for pair in tokens]
        taken["rows"] = np.stack([np.concatenate([used, 6 + np.arange(2 - used.size)]) for used, _ in named])
        taken["tokens"] = np.stack([places for _, places in named])
    return taken


def begin(network, rule):
    trained = eqx.filter(network, learns(network))
    return jax.tree.map(jnp.copy, Carry(trained, rule.transformation.init(trained), jnp.float32(0)))


def make(network, rule, data, *, count, rates=0.01, cuts=()):
    """The carry and losses after `count` updates, made in pieces that end at `cuts`."""
    updates, carry, losses, first = compile_updates(network, squares, rule), begin(network, rule), [], 0
    for end in (*cuts, count):
        piece = {name: np.roll(leaf, -first, axis=0) for name, leaf in data.items()}
        carry, log = updates(carry, piece, np.full(CAPACITY, rates, np.float32), end - first, first, KEY)
        losses += np.asarray(log.loss[: end - first]).tolist()
        first = end
    return carry, losses


def by_hand(network, data, *, count, rate=0.01, clip=0.0):
    """The same updates one by one in numpy, with gradients written out."""
    table, weight = (np.asarray(leaf, np.float64) for leaf in (network.table, network.weight))
    state, losses = 0.0, []
    for tokens, targets in zip(data["tokens"][:count], data["targets"][:count], strict=True):
        error = 2 * (table[tokens] @ weight + state - targets)
        losses.append((error**2).sum() / 4)
        gradient_weight = (error[:, None] * table[tokens]).sum(0)
        gradient_table = np.zeros_like(table)
        np.add.at(gradient_table, tokens, np.outer(error, weight))
        norm = np.sqrt((gradient_weight**2).sum() + (gradient_table**2).sum())
        scale = min(1.0, clip / norm) if clip else 1.0
        state = 0.1 * (table[tokens[-1]] @ weight + state)
        table, weight = table - rate * scale * gradient_table, weight - rate * scale * gradient_weight
    return table, weight, losses


@pytest.mark.parametrize("clip", [0.0, 0.5])
def test_updates_are_those_written_out_by_hand(clip):
    network, data = line(), batches()
    carry, losses = make(network, Rule(optax.identity(), clip), data, count=3)
    table, weight, expected = by_hand(network, data, count=3, clip=clip)
    np.testing.assert_allclose(losses, expected, rtol=1e-5)
    np.testing.assert_allclose(carry.trained.table, table, rtol=1e-5)
    np.testing.assert_allclose(carry.trained.weight, weight, rtol=1e-5)


def test_a_clipped_step_has_the_gradient_s_direction_and_the_threshold_s_length():
    network, data = line(), batches()
    steps = []
    for clip in (0.0, 0.25):
        carry, _ = make(network, Rule(optax.identity(), clip), data, count=1, rates=1.0)
        moved = jax.tree.map(jnp.subtract, carry.trained, network)
        steps.append(np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(moved)]))
    assert np.linalg.norm(steps[1]) == pytest.approx(0.25, rel=1e-5)
    assert steps[0] @ steps[1] == pytest.approx(np.linalg.norm(steps[0]) * 0.25, rel=1e-5)


def test_how_updates_are_cut_into_calls_leaves_no_trace():
    network, data, rule = line(), batches(), Rule(optax.scale_by_adam(), 1.0)
    whole, losses = make(network, rule, data, count=4)
    pieces, others = make(network, rule, data, count=4, cuts=(1, 3))
    assert losses == others
    assert jax.tree.all(jax.tree.map(jnp.array_equal, whole, pieces))


def test_rows_of_the_table_change_as_if_the_whole_table_were_differentiated():
    network = line()
    whole, losses = make(network, Rule(optax.identity(), 0.5), batches(), count=3)
    rows, others = make(network, Rule(optax.identity(), 0.5, lambda net: net.table), batches(rows=True), count=3)
    np.testing.assert_allclose(others, losses, rtol=1e-6)
    np.testing.assert_allclose(rows.trained.table, whole.trained.table, rtol=1e-5)
    np.testing.assert_allclose(rows.trained.weight, whole.trained.weight, rtol=1e-5)


@pytest.mark.parametrize("table", [None, lambda net: net.table], ids=["whole", "rows"])
def test_an_update_that_is_not_finite_changes_nothing_and_ends_the_call(table):
    network, data, rule = line(), batches(rows=table is not None), Rule(optax.identity(), 0.5, table)
    data["targets"][2] = np.nan
    updates, rates = compile_updates(network, squares, rule), np.full(CAPACITY, 0.01, np.float32)
    carry, log = updates(begin(network, rule), data, rates, 4, 0, KEY)
    good, _ = make(network, rule, data, count=2)
    assert int(log.done) == 2
    assert np.isnan(log.loss[2])
    assert jax.tree.all(jax.tree.map(jnp.array_equal, carry, good))


def reservoir(x: Vector, h: Vector, *, W: Matrices, U: Matrices) -> Vector:
    return tanh(W.h @ x + U.h @ h)


def test_letters_that_are_drawn_once_are_not_trained_even_by_a_decay_of_all_weights():
    def objective(network, batch, state, key):
        loss = (network(batch["targets"][:, None, None])[0] ** 2).sum()
        return loss, (state, {})

    network = Recurrent(Cell(reservoir, fixed="U", source="none"), inputs=1, hidden=3, key=KEY)
    rule = Rule(optax.add_decayed_weights(0.5), 0.0)
    updates, rates = compile_updates(network, objective, rule), np.full(CAPACITY, 0.1, np.float32)
    carry, _ = updates(begin(network, rule), batches(), rates, 3, 0, KEY)
    assert carry.trained.fixed["U"]["h"] is None
    assert not jnp.array_equal(carry.trained.letters["W"]["h"], network.letters["W"]["h"])


def test_each_update_has_a_key_of_its_own_that_depends_on_its_place_in_the_run_alone():
    def noise(network, batch, state, key):
        return network.weight.sum(), (state, {"noise": jax.random.uniform(key)})

    network, rule = line(), Rule(optax.identity(), 0.0)
    updates, rates = compile_updates(network, noise, rule), np.zeros(CAPACITY, np.float32)
    drawn = []
    for first, count in ((0, 4), (2, 2)):
        _, log = updates(begin(network, rule), batches(), rates, count, first, KEY)
        drawn.append(np.asarray(log.counts["noise"][:count]))
    assert len(set(drawn[0].tolist())) == 4
    np.testing.assert_array_equal(drawn[0][2:], drawn[1])

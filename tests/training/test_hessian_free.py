"""Hessian-free optimisation against dense matrices, on networks small enough to have them."""

from dataclasses import fields, replace
from functools import cache

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from carrousel.errors import SettingsError
from carrousel.layers import Recurrent
from carrousel.layers import trained as learns
from carrousel.models import LanguageModel, SequenceModel
from carrousel.training.hessian_free import (
    CONVEX,
    HessianFree,
    OutputLoss,
    Problem,
    hessian_free_step,
    picture,
    read_sequences,
    read_words,
    start_state,
)
from carrousel.training.hessian_free.conjugate import conjugate_gradients, kept_iterations
from carrousel.training.hessian_free.hidden import squashed
from carrousel.training.hessian_free.step import damping_change

TIME, BATCH, HIDDEN = 4, 3, 3


@pytest.fixture(autouse=True, scope="module")
def double():
    with jax.enable_x64(True):
        yield


def small_network():
    return SequenceModel("elman", inputs=2, outputs=2, hidden=HIDDEN, key=jax.random.key(1), dtype=jnp.float64)


def small_batch(targets=None):
    rng = np.random.default_rng(2)
    return {
        "inputs": jnp.asarray(rng.normal(size=(TIME, BATCH, 2))),
        "targets": jnp.asarray(rng.uniform(size=(TIME, BATCH, 2)) if targets is None else targets),
        "weights": jnp.asarray(rng.integers(0, 3, (TIME, BATCH)), jnp.float64),
        "lengths": jnp.full(BATCH, TIME),
    }


def flattened(network):
    flat, unravel = ravel_pytree(eqx.filter(network, learns(network)))
    rest = eqx.partition(network, learns(network))[1]
    return flat, lambda vector: eqx.combine(unravel(vector), rest)


def pre_activations_and_outputs(network, xs):
    """An Elman network step by step, its pre-activations kept."""
    letters = network.layers[0].letters
    h, kept, outputs = jnp.zeros((xs.shape[1], HIDDEN)), [], []
    for x in xs:
        kept.append(x @ letters["W"]["h"].T + h @ letters["U"]["h"].T + letters["b"]["h"])
        h = jnp.tanh(kept[-1])
        outputs.append(h @ network.readout + network.bias)
    return jnp.stack(kept), jnp.stack(outputs)


@pytest.fixture(scope="module")
def jacobians():
    """Of the outputs and of the pre-activations by all parameters; and the outputs."""
    network, batch = small_network(), small_batch()
    flat, whole = flattened(network)

    def run(vector):
        return pre_activations_and_outputs(whole(vector), batch["inputs"])

    A, J = jax.jit(jax.jacobian(run))(flat)
    return np.asarray(A).reshape(-1, flat.size), np.asarray(J).reshape(-1, flat.size), *map(np.asarray, run(flat))


def dense(name, batch, jacobians):
    """J'HJ and the structural matrix at the pre-activations, from Jacobians."""
    A, J, pre_activations, values = jacobians
    values, targets = values.reshape(-1, 2), np.asarray(batch["targets"]).reshape(-1, 2)
    weights, p = np.repeat(np.asarray(batch["weights"]).ravel(), 2), 1 / (1 + np.exp(-values))
    if name == "softmax":
        p = np.exp(values) / np.exp(values).sum(-1, keepdims=True)
        H = np.zeros((values.size, values.size))
        for n, (q, t) in enumerate(zip(p, targets, strict=True)):
            H[2 * n : 2 * n + 2, 2 * n : 2 * n + 2] = t.sum() * (np.diag(q) - np.outer(q, q))
    else:
        slopes = {"logistic": p * (1 - p), "squared": 1 + 0 * p, "squared_logistic": (p * (1 - p)) ** 2}
        H = np.diag(slopes[name].ravel())
    total, slopes = weights.sum() / 2, 1 - np.tanh(pre_activations.ravel()) ** 2
    return J.T @ (H * weights) @ J / total, A.T @ (slopes[:, None] * A) / total


@pytest.fixture(scope="module")
def products():
    """For each loss: the matrix whose products are those with the curvature, without and with what is held."""
    network, batch = small_network(), small_batch()
    flat, whole = flattened(network)

    def matrix(held, name):
        seen = picture(Problem(read_sequences, CONVEX[name]), whole, flat, batch)
        return jax.vmap(seen.product, (1, None), 1)(jnp.eye(flat.size), held)

    every = jax.jit(lambda held: {name: matrix(held, name) for name in CONVEX})
    return every(jnp.float64(0)), every(jnp.float64(0.7))


@pytest.mark.parametrize("name", CONVEX)
def test_products_are_those_with_the_dense_matrices(name, products, jacobians):
    free, held = (np.asarray(of[name]) for of in products)
    G, S = dense(name, small_batch(), jacobians)
    np.testing.assert_allclose(free, G, atol=1e-14)
    np.testing.assert_allclose(held, G + 0.7 * S, atol=1e-13)
    np.testing.assert_allclose(free, free.T, atol=1e-15)
    assert np.linalg.eigvalsh(free).min() > -1e-12


def test_structural_damping_leaves_the_output_weights_alone(products):
    free, held = (np.asarray(of["squared"]) for of in products)
    network = small_network()
    flat, _ = flattened(network)
    only = eqx.tree_at(lambda n: n.readout, network, network.readout + 1)
    moved = np.asarray(flattened(only)[0] - flat)
    np.testing.assert_allclose(held @ moved, free @ moved, atol=1e-15)
    assert np.abs((held - free) @ (1 - moved)).max() > 0.1


def test_value_and_gradient_are_those_of_the_mean_over_targets():
    network, batch = small_network(), small_batch()
    flat, whole = flattened(network)

    def mean(vector):
        outputs = pre_activations_and_outputs(whole(vector), batch["inputs"])[1]
        each = -(batch["targets"] * jax.nn.log_softmax(outputs)).sum(-1)
        return (each * batch["weights"]).sum() / batch["weights"].sum()

    problem = Problem(read_sequences, CONVEX["softmax"])
    loss, gradient = jax.jit(lambda flat: picture(problem, whole, flat, batch)[:2])(flat)
    wanted, slope = jax.jit(jax.value_and_grad(mean))(flat)
    assert float(loss) == pytest.approx(float(wanted), rel=1e-14)
    np.testing.assert_allclose(gradient, slope, atol=1e-14)


@pytest.mark.parametrize(
    ("cell", "names"),
    [("elman", {"h"}), ("lstm", {"i", "f", "g", "o"}), ("gru", {"r", "z", "n"}), ("elman-relu", set())],
)
def test_what_is_held_is_what_tanh_and_the_logistic_function_make(cell, names):
    assert set(squashed(Recurrent(cell, inputs=2, hidden=3, key=jax.random.key(0)))) == names


def quadratic(size=8):
    rng = np.random.default_rng(3)
    root = rng.normal(size=(size, size))
    return jnp.asarray(root @ root.T + np.eye(size)), jnp.asarray(rng.normal(size=size))


def test_conjugate_gradients_are_exact_after_as_many_steps_as_there_are_dimensions():
    A, b = quadratic()
    path = conjugate_gradients(lambda v: A @ v, b, jnp.ones(8), iterations=8, tolerance=None)
    np.testing.assert_allclose(path.kept[path.last], jnp.linalg.solve(A, b), rtol=1e-8)
    values = np.asarray(path.values[: path.last + 1])
    assert (np.diff(values) < 0).all()
    x = path.kept[: path.last + 1]
    np.testing.assert_allclose(values, 0.5 * jnp.einsum("ni,ij,nj->n", x, A, x) - x @ b, rtol=1e-10)
    assert tuple(np.asarray(path.numbers)) == kept_iterations(8) == (1, 2, 3, 4, 5, 7, 8)


def test_conjugate_gradients_stop_when_a_tenth_gains_little_and_go_on_where_all_are_asked_for():
    A, b = jnp.diag(jnp.linspace(1, 1000, 60)), jnp.ones(60)
    few, all_ = (
        conjugate_gradients(lambda v: A @ v, b, jnp.zeros(60), iterations=60, tolerance=t) for t in (5e-3, None)
    )
    assert 10 < few.iterations < all_.iterations == 60
    assert few.values[few.last] > all_.values[all_.last]


def test_the_damping_moves_by_two_thirds_and_three_halves_alone():
    ratios = jnp.asarray([2.0, 0.76, 0.75, 0.5, 0.25, 0.24, -3.0, -jnp.inf, jnp.nan])
    assert list(map(damping_change, ratios)) == [2 / 3, 2 / 3, 1, 1, 1, 3 / 2, 3 / 2, 3 / 2, 3 / 2]


class Line(eqx.Module):
    """A map of features without time, squashed or not."""

    weight: jax.Array
    squash: bool = eqx.field(static=True, default=False)


def line_forward(network, batch):
    outputs = batch["inputs"] @ network.weight
    return (jnp.tanh(0.1 * outputs) if network.squash else outputs), ()


LINE = Problem(line_forward, OutputLoss(lambda y, batch: 0.5 * jnp.square(y - batch["targets"]).sum(-1)))


def line(*, squash=False, count=40):
    rng = np.random.default_rng(4)
    inputs = jnp.asarray(rng.normal(size=(1, count, 12)) * np.geomspace(1, 30, 12))
    targets = inputs @ rng.normal(size=(12, 2)) + 0.1 * rng.normal(size=(1, count, 2))
    return Line(jnp.asarray(rng.normal(size=(12, 2))), squash), {"inputs": inputs, "targets": targets}


def stepped(network, batch, settings, *, updates=1, few=None, problem=LINE):
    step = compiled(problem, replace(settings, damping=1), network.squash, few is not None)
    state = start_state(network, settings)
    for _ in range(updates):
        network, state, told = step(network, state, batch, few)
    return network, state, told


@cache
def compiled(problem, settings, squash, few):
    return jax.jit(hessian_free_step(line(squash=squash)[0], problem, settings))


def test_one_step_reaches_the_lowest_point_of_a_quadratic_as_the_damping_vanishes():
    network, batch = line()
    found, state, told = stepped(network, batch, HessianFree(damping=1e-9))
    best = jnp.linalg.lstsq(batch["inputs"][0], batch["targets"][0])[0]
    np.testing.assert_allclose(found.weight, best, rtol=1e-6)
    assert float(told.ratio) == pytest.approx(1, abs=1e-6)
    assert float(state.damping) == pytest.approx(1e-9 * 2 / 3)
    assert float(told.length) == 1


CHANGED = HessianFree(
    damping=0.5,
    structural=2.0,
    iterations=2,
    stopping="fixed",
    tolerance=1e-9,
    warm=0.2,
    backtrack=False,
    shrink=0.5,
    sufficient=0.0,
    curvature=2,
    decay=0.1,
)


@pytest.mark.parametrize("name", [f.name for f in fields(HessianFree) if f.name not in ("structural", "curvature")])
def test_every_setting_acts(name):
    network, batch = line(squash=True)
    base = HessianFree(damping=1e-6, sufficient=0.5, tolerance=0.02)
    first, second = (
        stepped(network, batch, s, updates=4)[0] for s in (base, replace(base, **{name: getattr(CHANGED, name)}))
    )
    assert np.abs(first.weight - second.weight).max() > 1e-12


def test_curvature_may_look_at_fewer_sequences_than_the_gradient():
    network, batch = line(squash=True)
    few = {name: array[:, :15] for name, array in batch.items()}
    settings = HessianFree(sufficient=0.5)
    part, told = stepped(network, batch, settings, few=few)[::2]
    whole, other = stepped(network, batch, settings)[::2]
    assert told.norm == pytest.approx(float(other.norm))
    assert np.abs(part.weight - whole.weight).max() > 1e-6


def test_a_step_that_cannot_be_made_is_none_and_conjugate_gradients_start_afresh():
    network, batch = line()
    never = Problem(
        line_forward, OutputLoss(lambda y, _: jnp.abs(y - jax.lax.stop_gradient(y)).sum(-1) + y.sum(-1) * 0)
    )
    found, state, told = stepped(network, batch, HessianFree(), problem=never)
    np.testing.assert_array_equal(found.weight, network.weight)
    assert told.length == 0
    assert not state.direction.any()
    assert state.damping == pytest.approx(0.03 * 3 / 2)


def test_a_loss_that_is_not_finite_changes_nothing():
    network, batch = line()
    found, state, told = stepped(network, {**batch, "targets": batch["targets"] * jnp.nan}, HessianFree())
    np.testing.assert_array_equal(found.weight, network.weight)
    assert not told.finite
    assert state.damping == HessianFree().damping


def test_a_language_model_s_loss_is_pictured_too():
    model = LanguageModel(5, key=jax.random.key(0), cell="elman", hidden=3, layers=1, dtype=jnp.float64)
    words = jnp.asarray(np.random.default_rng(5).integers(0, 5, (7, 2)))
    flat, whole = flattened(model)
    batch, problem = {"inputs": words[:-1], "targets": words[1:]}, Problem(read_words, CONVEX["softmax"])

    @jax.jit
    def both(flat):
        seen = picture(problem, whole, flat, batch)
        mean = jax.grad(lambda v: whole(v).loss(batch["inputs"], batch["targets"])[0] / 12)(flat)
        return seen.gradient, mean, mean @ seen.product(mean, jnp.float64(0))

    ours, wanted, bend = both(flat)
    np.testing.assert_allclose(ours, wanted, atol=1e-14)
    assert bend > 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"damping": 0}, "damping is a finite number above 0"),
        ({"iterations": 0}, "at least 1, got 0"),
        ({"warm": 1.5}, "warm is a share from 0 to 1"),
        ({"shrink": 1}, "shrink is between 0 and 1"),
    ],
)
def test_settings_that_cannot_be_are_refused(change, words):
    with pytest.raises(SettingsError, match=words):
        HessianFree(**change)

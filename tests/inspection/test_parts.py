"""What gradients are made of: contributions of steps, words and matrices; all in float64."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import carrousel as cr
from carrousel.errors import SettingsError
from carrousel.inspection import attribute, decompose_gradient, recurrent_matrices
from carrousel.layers import Recurrent
from carrousel.text import learn_tokenizer, memory_text

TEXT = "a b c d e f g"


@pytest.fixture(autouse=True)
def double():
    with jax.enable_x64():
        yield


@functools.cache
def model():
    tokenizer = learn_tokenizer("word", memory_text(TEXT + "\n", name="text"))
    how = {"layers": 2, "hidden": 3, "start": "uniform", "scale": 0.9, "dtype": jnp.float64}
    network = cr.LanguageModel(tokenizer.size, key=jax.random.key(1), **how)
    return cr.Model(network=network, tokenizer=tokenizer, facts={})


@functools.cache
def traced():
    return cr.inspect(model(), TEXT)


@functools.cache
def decomposed():
    return decompose_gradient(model().network, traced(), lags=7)


def test_the_parts_of_a_gradient_add_up_to_the_whole_of_it():
    network, trace, found = model().network, traced(), decomposed()
    letters = tuple(layer.letters for layer in network.layers)

    def loss(given):
        moved = eqx.tree_at(lambda n: [layer.letters for layer in n.layers], network, list(given))
        nll, _ = moved.losses(jnp.asarray(trace.ids[:7, None]), jnp.asarray(trace.targets[:7, None]))
        return nll[-1, 0]

    wanted = jax.jit(jax.grad(loss))(letters)
    for ours, theirs in zip(jax.tree.leaves(found.gradient), jax.tree.leaves(wanted), strict=True):
        assert np.allclose(ours, theirs, rtol=0, atol=1e-12)
    assert found.norm == pytest.approx(np.sqrt(sum((np.asarray(a) ** 2).sum() for a in jax.tree.leaves(wanted))))


def test_a_gradient_through_more_steps_sees_more_until_it_sees_all():
    found = decomposed()
    assert len(found.norms) == 7
    assert (found.seen[-1], found.cosine[-1]) == pytest.approx((1, 1), rel=1e-12)
    assert found.seen[0] == pytest.approx(found.norms[0] / found.norm)
    assert found.cosine[0] < 1
    assert found.steps_for(1 - 1e-9) <= 7
    assert found.steps_for(0.0) == 1
    assert found.as_json()["how"].startswith("exact; ")


def test_integrated_gradients_are_complete_and_first_order_is_not():
    for baseline in ("zero", "mean"):
        found = attribute(model().network, traced(), 5, baseline=baseline)
        assert abs(found.gap) < 1e-10
        assert found.target == traced().ids[6]
        assert found.log_probability == pytest.approx(traced().log_probabilities[5], rel=1e-6)
        assert len(found.integrated) == len(found.sensitivity) == 6
    rough = attribute(model().network, traced(), 5, nodes=1)
    assert abs(rough.gap) > 1e-4
    assert rough.as_json()["gap"] == rough.gap


def test_gradient_times_input_is_the_change_of_first_order():
    network, trace = model().network, traced()
    found = attribute(network, trace, 5)
    vectors = np.asarray(network.embedding(jnp.asarray(trace.ids[:6])))
    place, step = 3, 1e-5

    @jax.jit
    def score(moved):
        ys, _ = network.stack(moved[:, None])
        return network.head.log_probabilities(ys)[-1, 0, found.target]

    ends = []
    for move in (step, -step):
        moved = vectors.copy()
        moved[place] *= 1 + move
        ends.append(float(score(moved)))
    assert found.gradient_times_input[place] == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-6)


def test_the_last_words_alone_are_attributed_from_the_state_before_them():
    every, last = (attribute(model().network, traced(), 5, words=words) for words in (None, 2))
    assert len(last.integrated) == 2
    assert last.log_probability == pytest.approx(every.log_probability, rel=1e-6)
    assert last.gradient_times_input == pytest.approx(every.gradient_times_input[-2:], rel=1e-5)
    assert attribute(model().network, traced(), 7).target == traced().top_ids[7, 0]


def test_what_cannot_be_attributed_is_named():
    for how, words in (
        ({"step": 8}, "from 0 to 7"),
        ({"nodes": 0}, "nodes is a number"),
        ({"words": 9}, "the 6 that were read"),
        ({"target": 99}, "target is a token"),
        ({"baseline": "one"}, "one of zero, mean"),
    ):
        with pytest.raises(SettingsError, match=words):
            attribute(model().network, traced(), **{"step": 5, **how})


def test_recurrent_matrices_are_measured():
    layer = Recurrent("lstm-projected", inputs=2, hidden=40, key=jax.random.key(0))
    found = {matrix.name: matrix for matrix in recurrent_matrices(layer)}
    array = np.asarray(layer.letters["U"]["f"], np.float64)
    assert found["U.f"].singular_values[0] == pytest.approx(np.linalg.norm(array, 2), rel=1e-5)
    assert found["U.f"].spectral_radius is None
    assert found["U.f"].shape == (40, 32)
    assert "W.f" not in found
    plain = Recurrent("elman", inputs=2, hidden=4, key=jax.random.key(0))
    (matrix,) = recurrent_matrices(plain)
    assert matrix.spectral_radius == pytest.approx(1, rel=1e-5)
    assert matrix.singular_values == pytest.approx(np.ones(4), rel=1e-5)

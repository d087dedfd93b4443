"""Gradients against finite differences, all in float64."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import carrousel as cr
from carrousel.engine import reference
from carrousel.inspection import loss_flow, state_flow, trace_layer
from carrousel.layers import Recurrent
from carrousel.text import learn_tokenizer, memory_text

NEAR = 1e-9  # some ten steps
STEP = 1e-5


@pytest.fixture(autouse=True)
def double():
    with jax.enable_x64():
        yield


@functools.cache
def traced(name):
    layer = Recurrent(name, inputs=2, hidden=3, key=jax.random.key(2), dtype=jnp.float64)
    xs = np.random.default_rng(4).normal(size=(6, 2))
    return layer, xs, trace_layer(layer, xs)


@pytest.mark.parametrize("name", ["lstm", "fast-weights"])
def test_jacobians_are_those_of_finite_differences(name):
    layer, xs, trace = traced(name)
    flow = state_flow(layer, trace, lags=4)
    states = list(layer.cell.signature.states)
    for number, state in enumerate(states):
        for lag in (1, 4):
            came = [trace.values[s + "₋₁"][6 - lag] for s in states]
            columns = []
            for unit in range(came[number].size):
                ends = []
                for move in (STEP, -STEP):
                    moved = [s.copy() for s in came]
                    moved[number].reshape(-1)[unit] += move
                    given = tuple(s[None] for s in moved)
                    _, new = reference(layer.cell, layer.arrays, xs[6 - lag :, None], given)
                    ends.append(new[number].reshape(-1))
                columns.append((ends[0] - ends[1]) / (2 * STEP))
            wanted = np.linalg.norm(columns) / np.sqrt(came[number].size)
            assert np.exp(flow[state].total.log_sizes[-1, lag]) == pytest.approx(wanted, rel=1e-7)


def test_random_directions_estimate_the_norm_that_whole_jacobians_have():
    layer, _, trace = traced("lstm")
    whole = state_flow(layer, trace, lags=4)["c"]
    drawn = state_flow(layer, trace, lags=4, exact=0, directions=4000)["c"]
    assert not drawn.exact
    assert drawn.words.startswith("estimated by 4000 random cotangents; ")
    assert drawn.total.log_sizes == pytest.approx(whole.total.log_sizes, abs=0.05)


def test_the_direct_path_is_the_product_of_the_forget_gates():
    layer, _, trace = traced("lstm")
    direct = state_flow(layer, trace, lags=4)["c"].direct
    kept = np.prod(trace.values["f"][-3:], axis=0)
    assert direct.log_sizes[-1, 3] == pytest.approx(np.log(np.sqrt((kept**2).mean())), rel=NEAR)
    assert direct.log_sizes[0, 0] == 0


@functools.cache
def model():
    text = memory_text("a b c d e f g\n" * 3, name="text")
    tokenizer = learn_tokenizer("word", text)
    how = {"layers": 2, "hidden": 3, "start": "uniform", "scale": 0.9, "dtype": jnp.float64}
    network = cr.LanguageModel(tokenizer.size, key=jax.random.key(1), **how)
    return cr.Model(network=network, tokenizer=tokenizer, facts={})


@eqx.filter_jit
def losses(network, read, targets, states):
    return network.losses(read, targets, states)[0]


def test_the_gradient_of_a_loss_is_that_of_finite_differences():
    network, trace = model().network, cr.inspect(model(), "a b c d e f g")
    flow = loss_flow(network, trace, lags=4, ends=1)
    assert flow.windows.ends.tolist() == [6]
    begin = 7 - 4
    read, targets = (jnp.asarray(a[begin:7, None]) for a in (trace.ids, trace.targets))
    came = [[v.values[s + "₋₁"][begin] for s in v.states] for v in trace.layers]
    for number, layer in enumerate(trace.layers):
        for place, state in enumerate(layer.states):
            slopes = []
            for unit in range(3):
                ends = []
                for move in (STEP, -STEP):
                    moved = jax.tree.map(np.copy, came)
                    moved[number][place][unit] += move
                    given = tuple(tuple(jnp.asarray(s)[None] for s in states) for states in moved)
                    ends.append(float(losses(network, read, targets, given)[-1, 0]))
                slopes.append((ends[0] - ends[1]) / (2 * STEP))
            size = np.exp(flow.layers[number][state].log_sizes[0, 3])
            assert size == pytest.approx(np.linalg.norm(slopes), rel=1e-6)

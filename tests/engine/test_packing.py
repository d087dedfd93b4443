"""Matrices packed before a loop: the compiled kernel multiplies as XLA does, in every mode of differentiation."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from carrousel.engine import packing
from carrousel.engine.packing import Packed, packed, times_packed
from carrousel.layers import Recurrent
from carrousel.models import LanguageModel

pytestmark = pytest.mark.xdist_group("kernels")  # built once for both files

CLOSE = {"rtol": 1e-5, "atol": 1e-5}
"""Sums in float32 in another order."""


def drawn(*shape, seed=0):
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape).astype(np.float32))


def ready(matrix):
    return Packed(matrix, packing.in_panels(matrix))


@pytest.fixture
def always(kernels, monkeypatch):
    """Matrices of any size are packed."""
    monkeypatch.setattr(packing, "NUMBERS", 1)
    monkeypatch.setattr(packing, "TIMES", 1)


@pytest.mark.parametrize(("rows", "inputs", "outputs"), [(1, 1, 1), (5, 300, 17), (7, 37, 48), (70, 513, 33)])
def test_the_kernel_multiplies_as_exactly_as_float32_allows(kernels, rows, inputs, outputs):
    v, m = drawn(rows, inputs), drawn(inputs, outputs, seed=1)
    found = jax.jit(times_packed)(v, ready(m))
    np.testing.assert_allclose(found, np.asarray(v, np.float64) @ np.asarray(m, np.float64), atol=1e-6 * inputs)


def test_a_row_is_the_same_to_the_last_bit_whatever_stands_beside_it(kernels):
    v, m = drawn(20, 300), ready(drawn(300, 40, seed=1))
    np.testing.assert_array_equal(times_packed(v, m)[:3], times_packed(v[:3], m))


def test_a_large_product_is_shared_among_cores_and_gives_the_same(kernels):
    v, m = drawn(32, 512), drawn(512, 1000, seed=1)
    np.testing.assert_allclose(times_packed(v, ready(m)), v @ m, rtol=1e-4, atol=1e-4)


def test_no_number_leaks_from_what_fills_the_panels(kernels):
    v, m = drawn(2, 3).at[0, 1].set(jnp.nan), drawn(3, 5, seed=1)
    found = times_packed(v, ready(m))
    assert jnp.isnan(found[0]).all()
    assert not jnp.isnan(found[1]).any()


def test_vectors_and_matrices_can_be_mapped(kernels):
    v, m = drawn(3, 4, 6), drawn(3, 6, 5, seed=1)
    by_vectors = jax.vmap(jax.vmap(lambda v: times_packed(v, ready(m[0]))))(v)
    np.testing.assert_allclose(by_vectors, v @ m[0], **CLOSE)
    by_both = jax.vmap(lambda v, m: jax.vmap(lambda v: times_packed(v, ready(m)))(v))(v, m)
    np.testing.assert_allclose(by_both, v @ m, **CLOSE)


@pytest.mark.parametrize(
    ("change", "is_packed"),
    [
        ({}, True),
        ({"rows": 1}, False),
        ({"rows": 65}, False),
        ({"times": 7}, False),
        ({"rows": 7, "matrix": (256, 1023)}, False),
        ({"rows": 32, "matrix": (128, 512)}, True),
        ({"rows": 31, "matrix": (128, 512)}, False),
    ],
)
def test_a_matrix_is_packed_where_that_pays(kernels, change, is_packed):
    how = {"matrix": (256, 1024), "rows": 20, "times": 35} | change
    found = jax.eval_shape(lambda: packed(jnp.zeros(how["matrix"]), rows=how["rows"], times=how["times"]))
    assert isinstance(found, Packed) is is_packed


def test_without_kernels_and_for_other_numbers_a_matrix_stays_as_it_is(kernels, monkeypatch):
    for dtype in (jnp.bfloat16, jnp.float16):
        assert not isinstance(packed(jnp.zeros((512, 512), dtype), rows=20, times=35), Packed)
    monkeypatch.setattr(packing, "built", lambda: False)
    assert not isinstance(packed(jnp.zeros((512, 512)), rows=20, times=35), Packed)


@pytest.mark.parametrize("wanted", ["gradient", "hessian times a vector", "gradients of two models"])
def test_a_loop_on_packed_matrices_has_every_derivative_of_the_loop_without(always, wanted):
    layer = Recurrent("gru-reset-before", inputs=3, hidden=6, key=jax.random.key(0))
    xs, lengths, letters = drawn(4, 3, 3), jnp.array([4, 2, 0]), layer.letters
    change = jax.tree.map(lambda a: jnp.asarray(np.random.default_rng(2).normal(size=a.shape), a.dtype), letters)

    def loss(letters, xs):
        run = eqx.tree_at(lambda layer: layer.letters, layer, letters)
        return (run(xs, lengths=lengths)[0] ** 2).sum()

    gradient = jax.grad(loss, (0, 1))
    modes = {
        "gradient": lambda xs: gradient(letters, xs),
        "hessian times a vector": lambda xs: jax.jvp(lambda p: gradient(p, xs), (letters,), (change,)),
        "gradients of two models": lambda xs: jax.vmap(gradient, (0, None))(
            jax.tree.map(lambda a: jnp.stack([a, -a]), letters), xs
        ),
    }

    def results():
        text = jax.jit(functools.partial(modes[wanted])).trace(xs)
        return str(text.jaxpr), text.lower().compile()(xs)

    text, found = results()
    assert "times_packed" in text or wanted == "gradients of two models"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packing, "built", lambda: False)
        text, expected = results()
    assert "times_packed" not in text
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4), found, expected)


def test_a_program_made_here_for_another_device_does_not_ask_for_the_kernel(kernels):
    traced = jax.jit(lambda v, m: times_packed(v, ready(m))).trace(drawn(3, 4), drawn(4, 5))
    assert "carrousel_packed_product" in traced.lower().as_text()
    assert "carrousel_packed_product" not in traced.lower(lowering_platforms=("cuda",)).as_text()


@pytest.mark.parametrize(("tied", "streams"), [(False, 3), (True, 3), (False, 1)])
def test_a_model_ready_for_several_streams_gives_what_it_gives_one_by_one(always, tied, streams):
    network = LanguageModel(11, cell="elman", hidden=5, tied=tied, key=jax.random.key(0))
    tokens, state = jnp.arange(streams), network.start_state(streams)
    ready = jax.jit(network.ready_stepper(None, streams=streams)).trace(tokens, state)
    assert ("times_packed" in str(ready.jaxpr)) is (streams > 1)
    found, wanted = ready.lower().compile()(tokens, state), jax.jit(network.stepper())(tokens, state)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, **CLOSE), found, wanted)

"""Matrices kept as bfloat16 or int8: what rounding does, and that the compiled kernel gives the same as XLA."""

import shutil
import subprocess
from typing import get_args

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from carrousel.cells import find_cell
from carrousel.engine import plan_cell, rounded, start_letters, start_state, stepper, stored
from carrousel.engine.kernels import Storage, building
from carrousel.engine.start import Start
from carrousel.errors import CarrouselError

pytestmark = pytest.mark.xdist_group("kernels")  # built once for both files

STORAGES = get_args(Storage)
CLOSE = {"bfloat16": 2e-6, "int8": 1e-4}
"""Relative to the largest output: sums in another order; a vector in steps of 2^-14 of its largest number."""


@pytest.fixture
def plain(monkeypatch):
    """No kernels."""
    monkeypatch.setattr("carrousel.engine.rounding.built", lambda: False)


def drawn(*shape, seed=0):
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape).astype(np.float32))


@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize(("inputs", "outputs"), [(1, 1), (16, 4), (37, 53), (1100, 9)])
@pytest.mark.parametrize("vectors", [1, 3, 13])
def test_the_kernel_multiplies_by_the_rounded_matrix(kernels, storage, vectors, inputs, outputs):
    matrix, v = drawn(inputs, outputs), drawn(vectors, inputs, seed=1)
    got = jax.jit(lambda v, m: stored(m, storage)(v))(v, matrix)
    wanted = np.asarray(v, np.float64) @ np.asarray(rounded(matrix, storage), np.float64)
    np.testing.assert_allclose(got, wanted, atol=CLOSE[storage] * np.abs(wanted).max() * max(1, inputs**0.5 / 8))


@pytest.mark.parametrize("storage", STORAGES)
def test_a_mapped_kernel_gives_each_vector_its_product(kernels, storage):
    matrix, v = drawn(20, 6), drawn(5, 20, seed=1)
    multiply = stored(matrix, storage)
    np.testing.assert_allclose(jax.vmap(multiply)(v), multiply(v), rtol=1e-6)


@pytest.mark.parametrize("storage", STORAGES)
def test_a_vector_has_the_same_product_to_the_last_bit_whatever_stands_beside_it(kernels, storage):
    multiply, v = stored(drawn(37, 53), storage), drawn(19, 37, seed=1)
    together = multiply(v)
    for beside in (v[:1], v[:2], v[:3]):
        np.testing.assert_array_equal(multiply(beside), together[: len(beside)])


def test_bfloat16_for_many_streams_is_multiplied_as_float32(kernels):
    matrix = drawn(256, 1024)
    few, many = (jax.jit(lambda v, n=n: stored(matrix, "bfloat16", streams=n)(v)).trace(drawn(n, 256)) for n in (2, 8))
    assert "times_packed" in str(many.jaxpr)
    assert "times_packed" not in str(few.jaxpr)
    v = drawn(8, 256)
    np.testing.assert_allclose(many.lower().compile()(v)[:2], few.lower().compile()(v[:2]), rtol=1e-4, atol=1e-4)


def test_a_large_matrix_is_shared_among_cores_and_gives_the_same(kernels):
    matrix, v = drawn(512, 2100), drawn(1, 512, seed=1)
    got = stored(matrix, "int8")(v)
    np.testing.assert_allclose(got, v @ rounded(matrix, "int8"), atol=1e-4 * float(jnp.abs(got).max()))


@pytest.mark.parametrize("storage", STORAGES)
def test_what_is_not_a_number_stays_so(kernels, storage):
    v = drawn(1, 16).at[0, 3].set(jnp.nan)
    assert jnp.isnan(stored(drawn(16, 4), storage)(v)).all()


def test_a_vector_and_a_matrix_of_zeros_give_zeros(kernels):
    for matrix, v in ((jnp.zeros((16, 4)), drawn(1, 16)), (drawn(16, 4), jnp.zeros((1, 16)))):
        assert not stored(matrix, "int8")(v).any()


@pytest.mark.parametrize("storage", STORAGES)
def test_rounding_is_as_coarse_as_the_format(storage):
    matrix = drawn(50, 20)
    step = {"bfloat16": jnp.abs(matrix) * 2**-8, "int8": jnp.abs(matrix).max(axis=0) / 254}[storage]
    error = jnp.abs(jax.jit(rounded, static_argnums=1)(matrix, storage) - matrix)
    assert (error <= step * 1.001).all()
    assert (error > 0).mean() > 0.9


@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize("cell", ["gru-reset-before", "lstm-projected", "antisymmetric-rnn"])
def test_a_step_with_kernels_equals_the_step_without(kernels, cell, storage):
    plan = plan_cell(find_cell(cell), inputs=5, hidden=5)
    letters = start_letters(plan, Start(), key=jax.random.key(0))
    state = tuple(jnp.broadcast_to(s, (2, *s.shape)) for s in start_state(plan))
    x = drawn(2, 5)
    y, _ = jax.jit(stepper(plan, letters, storage=storage))(x, state)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("carrousel.engine.rounding.built", lambda: False)
        wanted, _ = jax.jit(stepper(plan, letters, storage=storage))(x, state)
    exact, _ = jax.jit(stepper(plan, letters))(x, state)
    np.testing.assert_allclose(y, wanted, atol=2e-4)
    assert 0 < jnp.abs(y - exact).max() < 0.03


def test_without_kernels_rounded_matrices_are_multiplied_by_xla(plain):
    matrix, v = drawn(7, 3), drawn(1, 7, seed=1)
    np.testing.assert_allclose(stored(matrix, "int8")(v), v @ rounded(matrix, "int8"), rtol=1e-6)


def test_a_missing_compiler_is_said_with_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(CarrouselError, match=r"need a C\+\+ compiler.*go on without"):
        building.build(tmp_path)


def test_a_compiler_that_fails_leaves_no_library(monkeypatch, tmp_path):
    monkeypatch.setattr(shutil, "which", lambda name: "/bin/c++")
    failed = subprocess.CompletedProcess([], 1, "", "x.cc:1: error: no such thing")
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: failed)
    with pytest.raises(CarrouselError, match=r"could not compile .*int8_product.cc: .*no such thing"):
        building.build(tmp_path)
    assert not list(tmp_path.glob("*.so"))

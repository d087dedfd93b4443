import jax
import jax.numpy as jnp
import numpy as np
import pytest

from carrousel.engine import precision
from carrousel.engine.kinds import Matrices
from carrousel.engine.precision import Precision
from carrousel.engine.products import MANY, product, weight_gradient


@pytest.mark.parametrize("time", [1, MANY // 4])
def test_a_weight_gradient_is_the_product_over_all_steps_however_it_is_made(time):
    v, dz = (jax.random.normal(jax.random.key(k), (time, 4, size)) for k, size in enumerate((3, 5)))
    found = jax.jit(lambda v, dz: weight_gradient(Matrices, Precision.FLOAT32, v, dz))(v, dz)
    np.testing.assert_allclose(found, np.einsum("tbi,tbo->io", v, dz), rtol=1e-4, atol=1e-4)


def test_a_product_has_its_derivatives_in_every_mode():
    v, m = (jax.random.normal(jax.random.key(k), shape) for k, shape in enumerate(((MANY, 2), (2, 3))))

    def ours(v, m):
        return (product(Matrices, Precision.FLOAT32, v, m) ** 2).sum()

    def plain(v, m):
        return ((v @ m) ** 2).sum()

    for gradient in (jax.grad(ours, (0, 1)), jax.jacfwd(ours, (0, 1))):
        for found, wanted in zip(gradient(v, m), jax.grad(plain, (0, 1))(v, m), strict=True):
            np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(jax.hessian(ours, 1)(v, m), jax.hessian(plain, 1)(v, m), rtol=1e-4, atol=1e-2)


@pytest.mark.parametrize("native", [True, False])
def test_mixed_products_are_those_of_bfloat16_whatever_the_processor_multiplies(monkeypatch, native):
    monkeypatch.setattr(precision, "multiplies_bfloat16", lambda: native)
    v, m = (jax.random.normal(jax.random.key(k), shape) for k, shape in enumerate(((MANY, 5), (5, 3))))
    assert Precision.MIXED.operand(v).dtype == (jnp.bfloat16 if native else jnp.float32)

    def rounded(a):
        return np.asarray(a.astype(jnp.bfloat16).astype(jnp.float32), np.float64)

    def both(v, m):
        return product(Matrices, Precision.MIXED, v, m), weight_gradient(Matrices, Precision.MIXED, v, v)

    for found, wanted in zip(jax.jit(both)(v, m), (rounded(v) @ rounded(m), rounded(v).T @ rounded(v)), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize(
    ("line", "multiplies"),
    [
        ("flags\t: fma avx2", False),
        ("flags\t: avx2 avx512_bf16", True),
        ("Features\t: fp asimd bf16", True),
        ("", False),
    ],
)
def test_the_processors_instructions_say_whether_bfloat16_is_multiplied(monkeypatch, tmp_path, line, multiplies):
    facts = tmp_path / "cpuinfo"
    facts.write_text(f"processor: 0\n{line}\n")
    monkeypatch.setattr(precision, "PROCESSOR", facts)
    assert precision.multiplies_bfloat16.__wrapped__() is multiplies
    monkeypatch.setattr(precision, "PROCESSOR", tmp_path / "nothing")
    assert precision.multiplies_bfloat16.__wrapped__()

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from carrousel.layers import bfloat16
from carrousel.layers.bfloat16 import to_bfloat16, to_bfloat16_with


@pytest.mark.parametrize("native", [True, False])
def test_numbers_are_rounded_to_bfloat16_whatever_the_processor_multiplies(monkeypatch, native):
    monkeypatch.setattr(bfloat16, "multiplies_bfloat16", lambda: native)
    a, entries = jax.random.normal(jax.random.key(0), (40, 6)), jnp.full(40, 1 / 3)
    found = to_bfloat16(a)
    assert found.dtype == (jnp.bfloat16 if native else jnp.float32)
    np.testing.assert_array_equal(found.astype(jnp.float32), a.astype(jnp.bfloat16).astype(jnp.float32))
    put = to_bfloat16_with(a, jnp.arange(40) % 6, entries).astype(jnp.float32)
    np.testing.assert_allclose(put[jnp.arange(40), jnp.arange(40) % 6], 1 / 3, rtol=2**-8)
    np.testing.assert_array_equal(jax.grad(lambda a: to_bfloat16(a).astype(jnp.float32).sum())(a), jnp.ones_like(a))

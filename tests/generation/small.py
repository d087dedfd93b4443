"""One small language model for all tests of generation and evaluation, so that each program is compiled once."""

import equinox as eqx
import jax
import jax.numpy as jnp

from carrousel.models import LanguageModel

VOCABULARY, END, UNKNOWN = 7, 1, 0


def small_model():
    """A model whose predictions depend on what came before."""
    return LanguageModel(VOCABULARY, layers=1, hidden=4, start="uniform", scale=2.0, key=jax.random.key(0))


def model_of_chances(chances):
    """A model that gives each word the same probability always."""
    network = jax.tree.map(lambda a: jnp.zeros_like(a) if eqx.is_array(a) else a, small_model())
    return eqx.tree_at(lambda n: n.head.bias, network, jnp.log(jnp.asarray(chances, jnp.float32)))

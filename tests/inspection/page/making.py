"""Small models to look into, untrained: what a page must show of them is what they did, whatever that is."""

import jax
import numpy as np

import carrousel as cr
from carrousel.text import learn_tokenizer, memory_text

TEXT = "the cat sat on a mat\nthe <b>zebra</b> sat </script> on\n"
WORDS = "the cat sat on a mat <b>zebra</b> </script>\n"


def small_model(cell="lstm", *, layers=2, hidden=6, kind="word", seed=0):
    """A model of a few units; its weights are large enough that its gates move."""
    tokenizer = learn_tokenizer(kind, memory_text(WORDS, name="words"))
    key = jax.random.key(seed)
    network = cr.LanguageModel(tokenizer.size, cell=cell, layers=layers, hidden=hidden, start="uniform", key=key)
    network = jax.tree.map(lambda a: 8 * a if isinstance(a, jax.Array) and a.dtype == np.float32 else a, network)
    return cr.Model(network=network, tokenizer=tokenizer, facts={})

"""Language models whose units do what was set by hand."""

import jax
import jax.numpy as jnp
import numpy as np

import carrousel as cr
from carrousel.inspection.hypotheses import SETS
from carrousel.text import learn_tokenizer, memory_text

HIDDEN = 4


def known_text():
    """Lines that have all words of all sets."""
    lines = [line.text for name in SETS for line in SETS[name].draw(300, seed=5)]
    lines += [f"{p.before} {p.right}" for name in ("number", "gender") for p in SETS[name].draw_pairs(150, seed=5)]
    return "\n".join(lines) + "\n"


TOKENIZER = learn_tokenizer("word", memory_text(known_text(), name="text"))


def counting(effects, *, head=None):
    """An LSTM whose unit 1 adds up what each word is given, until the line ends; the other units are at random.

    Args:
        effects: word -> -1, 0 or 1.
        head: word -> the weight of the unit's output for it.
    """
    network = cr.LanguageModel(TOKENIZER.size, layers=1, hidden=HIDDEN, key=jax.random.key(3))
    vectors = 0.1 * np.array(network.embedding.weight)
    vectors[:, 0], vectors[TOKENIZER.end, 3] = 0, 1
    for word, effect in effects.items():
        vectors[TOKENIZER.encode(word)[0], 0] = effect
    letters = {s: {k: np.array(a) for k, a in of.items()} for s, of in network.layers[0].letters.items()}
    for of in letters.values():
        for array in of.values():
            array[1] = 0
    letters["W"]["g"][1, 0], letters["W"]["f"][1, 3] = 20, -160
    letters["b"]["i"][1] = letters["b"]["f"][1] = letters["b"]["o"][1] = 80
    weight = np.zeros_like(np.array(network.head.weight))
    for word, value in (head or {}).items():
        weight[1, TOKENIZER.encode(word)[0]] = value
    object.__setattr__(network.embedding, "weight", jnp.asarray(vectors))
    object.__setattr__(network.layers[0], "letters", jax.tree.map(jnp.asarray, letters))
    object.__setattr__(network.head, "weight", jnp.asarray(weight))
    return cr.Model(network=network, tokenizer=TOKENIZER, facts={})

"""Answers that a network writes on its own, each character after those that it has written itself."""

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int

from carrousel.errors import SettingsError
from carrousel.models import SequenceModel
from carrousel.text.tasks.rows import ALPHABET, ANSWERS, ASK, END, numbers


def free_answers(
    network: SequenceModel, questions: Sequence[str], *, most: int, longest: int | None = None
) -> list[str]:
    """The most probable character again and again, up to the full stop, which is left out.

    Args:
        network: reads the symbols of `carrousel.text.tasks.rows`.
        questions: as they are read, without `@`.
        most: characters of an answer at most.
        longest: characters of a question at most; what is compiled depends on it, and by default the longest decides.

    Raises:
        SettingsError: there is no question, one is too long, or one holds a character that no network reads.
    """
    asked = [question + ASK for question in questions]
    if not asked:
        raise SettingsError("answers are written to questions, and there is none; give one or more")
    size = max(map(len, asked)) if longest is None else longest + len(ASK)
    symbols = np.zeros((size, len(asked)), np.int32)
    for place, text in enumerate(asked):
        if strange := sorted(set(text) - set(ALPHABET)):
            raise SettingsError(f"{text!r} has {strange[0]!r}, and the network reads {ALPHABET!r} only")
        if len(text) > size:
            raise SettingsError(f"{text!r} is longer than the {size} characters that were asked for")
        symbols[: len(text), place] = numbers(text)
    lengths = jnp.array([len(text) for text in asked], jnp.int32)
    written = _written(network, jnp.asarray(symbols), lengths, most=most)
    texts = ("".join(ANSWERS[symbol] for symbol in column) for column in np.asarray(written).T)
    return [text.partition(END)[0] for text in texts]


@eqx.filter_jit
def _written(
    network: SequenceModel, symbols: Int[Array, "time batch"], lengths: Int[Array, " batch"], *, most: int
) -> Int[Array, "most batch"]:
    """The symbols that it writes; those of an answer have the places of their classes."""
    said, state = network(symbols, lengths=lengths)
    first = jnp.take_along_axis(said, (lengths - 1)[None, :, None], axis=0)[0].argmax(-1)

    def step(carry: tuple[Array, Any], _: None) -> tuple[tuple[Array, Any], Array]:
        symbol, state = carry
        said, state = network(symbol[None], state)
        return (said[0].argmax(-1), state), symbol

    return jax.lax.scan(step, (first, state), None, length=most)[1]

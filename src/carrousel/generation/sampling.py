"""Drawing text: many words in one compiled loop, in chunks, so that they can be printed as they come."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jaxtyping import Int32

from carrousel.errors import SettingsError
from carrousel.generation.choice import Choice, SamplingSettings, choose
from carrousel.models import LanguageModel, States

CHUNK: Final = 64
"""Words drawn between two looks from outside."""
READ: Final = 64
"""Words of a prompt read at a time."""


def sample(
    network: LanguageModel,
    prompt: Int32[np.ndarray, " words"],
    *,
    words: int,
    settings: SamplingSettings,
    samples: int = 1,
) -> Iterator[Int32[np.ndarray, "words samples"]]:
    """Draw words after a prompt.

    Every sample has randomness of its own, so the first of several is what one alone would be.

    Args:
        network: the model.
        prompt: the words before, at least one.
        words: how many to draw.
        settings: how.
        samples: how many texts to draw side by side.

    Yields:
        The words of all samples as they come, some at a time.

    Raises:
        SettingsError: an empty prompt, or a number of words or samples that cannot be.
    """
    if not len(prompt):
        raise SettingsError("a text is drawn after at least one word; give a prompt")
    if words < 0 or samples < 1:
        raise SettingsError(f"words to draw are 0 or more and samples 1 or more, not {words} and {samples}")
    state = read(network, [prompt[:-1]], samples)
    last = jnp.full(samples, prompt[-1], jnp.int32)
    choice, key = settings.arrays(network.vocabulary), jax.random.key(settings.seed)
    for begin in range(0, words, CHUNK):
        count = min(CHUNK, words - begin)
        span = jnp.int32(begin), jnp.int32(count)
        out, last, state = _chunk(network, last, state, key, span, choice, filters=settings.filters)
        yield np.asarray(out)[:count]


def read(network: LanguageModel, prompts: Sequence[Int32[np.ndarray, " _"]], samples: int = 1) -> States:
    """The state after each prompt, from the start state: of each prompt `samples` times, side by side."""
    state = network.start_state(len(prompts))
    longest = max(map(len, prompts))
    for begin in range(0, longest, READ):
        piece = np.zeros((READ, len(prompts)), np.int32)
        for place, prompt in enumerate(prompts):
            part = prompt[begin : begin + READ]
            piece[: len(part), place] = part
        lengths = np.clip([len(prompt) - begin for prompt in prompts], 0, READ).astype(np.int32)
        state = _read(network, jnp.asarray(piece), jnp.asarray(lengths), state)
    return jax.tree.map(lambda a: jnp.repeat(a, samples, axis=0), state)


@eqx.filter_jit
def _read(network: LanguageModel, tokens: Array, lengths: Array, state: States) -> States:
    return network.run(tokens, state, lengths=lengths)[1]


@eqx.filter_jit
def _chunk(
    network: LanguageModel,
    last: Array,
    state: States,
    key: Array,
    span: tuple[Array, Array],
    choice: Choice,
    *,
    filters: bool,
) -> Any:
    """Up to CHUNK words (CHUNK, samples): from which number on, and how many; then the last word and the state."""
    step, samples, (begin, count) = network.stepper(), last.shape[0], span

    def draws(number: Array) -> Array:
        keys = jax.vmap(lambda place: jax.random.fold_in(jax.random.fold_in(key, place), number))(jnp.arange(samples))
        return jax.vmap(jax.random.uniform)(keys)

    uniform = jax.vmap(draws)(begin + jnp.arange(CHUNK))

    def one(number: Array, carried: Any) -> Any:
        out, last, state = carried
        logits, state = step(last, state)
        last = choose(logits, uniform[number], choice, filters=filters).astype(jnp.int32)
        return out.at[number].set(last), last, state

    return lax.fori_loop(0, count, one, (jnp.zeros((CHUNK, samples), jnp.int32), last, state))

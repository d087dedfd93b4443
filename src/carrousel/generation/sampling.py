"""Drawing text: many words in one compiled loop, in chunks, so that they can be printed as they come."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jaxtyping import Int32

from carrousel.engine import Storage
from carrousel.errors import ModelError, SettingsError
from carrousel.generation.choice import NO_WORD, Choice, SamplingSettings, choose
from carrousel.generation.network import Narrowing, Network, States

CHUNK: Final = 256
"""Words drawn at most between two looks from outside."""
FIRST: Final = 16
"""Words drawn before the first look; each chunk is twice the one before."""
READ: Final = 64
"""Words of a prompt read at a time."""

Step = Callable[[Array, States], tuple[Array, States]]


class Prepared(NamedTuple):
    """A model for drawing, with all done that needs no word."""

    network: Network
    step: Step
    samples: int
    storage: Storage | None


def prepare(network: Network, *, settings: SamplingSettings, samples: int = 1) -> Prepared:
    """Stack and turn a model's matrices, and round them where the settings say so: once for many calls of `sample`.

    Raises:
        SettingsError: the model's kind keeps no narrower weights.
    """
    if settings.storage is not None and not isinstance(network, Narrowing):
        raise SettingsError(f"a model of this kind draws with its own weights alone, not with {settings.weights}")
    step = _prepared(network, samples, settings.storage)
    return Prepared(network, step, samples, settings.storage)


def sample(
    network: Network | Prepared,
    prompt: Int32[np.ndarray, " words"],
    *,
    words: int,
    settings: SamplingSettings,
    samples: int = 1,
) -> Iterator[Int32[np.ndarray, "words samples"]]:
    """Draw words after a prompt.

    Every sample has randomness of its own, so the first of several is what one alone would be.

    Args:
        network: the model; or what `prepare` made of it for as many samples and the same weights.
        prompt: the words before, at least one.
        words: how many to draw.
        settings: how.
        samples: how many texts to draw side by side.

    Yields:
        The words of all samples as they come, some at a time.

    Raises:
        SettingsError: an empty prompt, a number of words or samples that cannot be, or a model prepared for others.
        ModelError: the model gives no word a probability, as one of maximum likelihood does behind what it never saw.
    """
    if not len(prompt):
        raise SettingsError("a text is drawn after at least one word; give a prompt")
    if words < 0 or samples < 1:
        raise SettingsError(f"words to draw are 0 or more and samples 1 or more, not {words} and {samples}")
    ready = network if isinstance(network, Prepared) else prepare(network, settings=settings, samples=samples)
    if (ready.samples, ready.storage) != (samples, settings.storage):
        raise SettingsError(
            f"the model was prepared for {ready.samples} samples with weights {ready.storage or 'float32'}, not for "
            f"{samples} with {settings.weights}; prepare it for these"
        )
    network, step = ready.network, ready.step
    state, choice = read(network, [prompt[:-1]], samples), settings.arrays(network.vocabulary)
    last = np.full(samples, prompt[-1], np.int32)
    chances = [np.random.Generator(np.random.Philox(key=[settings.seed, place])) for place in range(samples)]
    begin, size = 0, FIRST
    while begin < words:
        count = min(size, words - begin)
        uniform = np.zeros((CHUNK, samples), np.float32)
        for place, chance in enumerate(chances):
            uniform[:count, place] = chance.random(count, np.float32)
        out, last, state = _chunk(step, last, state, uniform, np.asarray(count), choice, filters=settings.filters)
        drawn = np.asarray(out)[:count]
        stuck = (drawn == NO_WORD).any(axis=1)
        yield drawn[: stuck.argmax()] if stuck.any() else drawn
        if stuck.any():
            raise ModelError(
                "the model gives no word a probability behind what stands there; give another prompt, or a model that "
                "knows every history"
            )
        begin, size = begin + count, min(2 * size, CHUNK)


def read(network: Network, prompts: Sequence[Int32[np.ndarray, " _"]], samples: int = 1) -> States:
    """The state after each prompt, from the start state: of each prompt `samples` times, side by side."""
    state, longest = None, max(map(len, prompts))
    for begin in range(0, longest, READ):
        piece = np.zeros((READ, len(prompts)), np.int32)
        for place, prompt in enumerate(prompts):
            part = prompt[begin : begin + READ]
            piece[: len(part), place] = part
        lengths = np.clip([len(prompt) - begin for prompt in prompts], 0, READ).astype(np.int32)
        state = _read(network, jnp.asarray(piece), jnp.asarray(lengths), state)
    return _repeated(network, len(prompts), samples, state)


@eqx.filter_jit
def _read(network: Network, tokens: Array, lengths: Array, state: States | None) -> States:
    return network.run(tokens, state, lengths=lengths)[1]


@eqx.filter_jit
def _repeated(network: Network, prompts: int, samples: int, state: States | None) -> States:
    """Each state, or the start state, `samples` times."""
    state = network.start_state(prompts) if state is None else state
    return jax.tree.map(lambda a: jnp.repeat(a, samples, axis=0), state)


@eqx.filter_jit
def _prepared(network: Network, samples: int, storage: Storage | None) -> Step:
    """The model's step with all that needs no word done: matrices stacked and turned, once for all chunks.

    What comes out is the same program for each model of one form, so that the loop around it is compiled once.
    """
    last, state = jnp.zeros(samples, jnp.int32), network.start_state(samples)
    if isinstance(network, Narrowing):
        return eqx.filter_closure_convert(network.ready_stepper(storage, streams=samples), last, state)
    return eqx.filter_closure_convert(network.stepper(), last, state)


@eqx.filter_jit
def _chunk(
    step: Step,
    last: Array | np.ndarray,
    state: States,
    uniform: Array | np.ndarray,
    count: Array | np.ndarray,
    choice: Choice,
    *,
    filters: bool,
) -> Any:
    """`count` words in an array of (CHUNK, samples); then the last word and the state."""

    def one(number: Array, carried: Any) -> Any:
        out, last, state = carried
        logits, state = step(last, state)
        last = choose(logits, uniform[number], choice, filters=filters).astype(jnp.int32)
        return out.at[number].set(last), last, state

    return lax.fori_loop(0, count, one, (jnp.zeros(uniform.shape, jnp.int32), last, state))

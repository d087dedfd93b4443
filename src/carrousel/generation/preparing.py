"""Models made ready to draw words: their programs are compiled here, and do all that needs no word once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import numpy as np
from jax import Array
from jax.stages import Lowered
from jaxtyping import Int32

from carrousel.errors import SettingsError
from carrousel.generation.network import Narrowing, Network, States
from carrousel.generation.programs import Rest, Step, draw_chunk, parted, prepared_step, read_words
from carrousel.sampling import (
    CHUNK,
    READ,
    Choice,
    SamplingSettings,
    State,
    Weights,
    check_counts,
    read_prompts,
    repeated,
    sample_words,
)


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A model for drawing, with all done that needs no word."""

    vocabulary: int
    samples: int
    weights: Weights
    arrays: list[Array]
    rest: Rest
    step: Step
    begin: list[Array]

    def start(self) -> State:
        """The state before the first word, of one stream."""
        return self.begin

    def read(self, words: np.ndarray, lengths: np.ndarray, state: State) -> State:
        """The state after words, of which some count."""
        return read_words(self.arrays, words, lengths, state, rest=self.rest)

    def chunk(
        self, last: Any, state: State, uniform: np.ndarray, count: np.ndarray, choice: Choice, *, filters: bool
    ) -> tuple[np.ndarray, Any, State]:
        """Some words of each stream, the last of them, and the state."""
        out, last, state = draw_chunk(self.step, last, state, uniform, count, choice, filters=filters)
        return np.asarray(out), last, state

    def lowered(self, settings: SamplingSettings) -> dict[str, Lowered]:
        """The programs before they are compiled; those that ran are not compiled anew."""
        state, last = repeated(self.begin, self.samples), np.zeros(self.samples, np.int32)
        uniform, count = np.zeros((CHUNK, self.samples), np.float32), np.zeros((), np.int32)
        choice, storage = settings.arrays(self.vocabulary), settings.storage
        words, lengths = np.zeros((READ, 1), np.int32), np.zeros(1, np.int32)
        return {
            "prepare": prepared_step.lower(self.arrays, rest=self.rest, samples=self.samples, storage=storage),
            "read": read_words.lower(self.arrays, words, lengths, self.begin, rest=self.rest),
            "chunk": draw_chunk.lower(self.step, last, state, uniform, count, choice, filters=settings.filters),
        }


def prepare(network: Network, *, settings: SamplingSettings, samples: int = 1) -> Prepared:
    """Stack and turn a model's matrices, and round them where the settings say so: once for many calls of `sample`.

    Raises:
        SettingsError: the model's kind keeps no narrower weights, or there are no samples.
    """
    check_counts(0, samples)
    if settings.storage is not None and not isinstance(network, Narrowing):
        raise SettingsError(f"a model of this kind draws with its own weights alone, not with {settings.weights}")
    arrays, rest = parted(network)
    step, begin = prepared_step(arrays, rest=rest, samples=samples, storage=settings.storage)
    return Prepared(
        vocabulary=network.vocabulary,
        samples=samples,
        weights=settings.weights,
        arrays=arrays,
        rest=rest,
        step=step,
        begin=begin,
    )


def sample(
    network: Network | Prepared,
    prompt: Int32[np.ndarray, " words"],
    *,
    words: int,
    settings: SamplingSettings,
    samples: int = 1,
) -> Iterator[Int32[np.ndarray, "words samples"]]:
    """Draw words after a prompt; see `carrousel.sampling.sample_words`.

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
    check_counts(words, samples)
    ready = network if isinstance(network, Prepared) else prepare(network, settings=settings, samples=samples)
    if (ready.samples, ready.weights) != (samples, settings.weights):
        raise SettingsError(
            f"the model was prepared for {ready.samples} samples with weights {ready.weights}, not for {samples} with "
            f"{settings.weights}; prepare it for these"
        )
    yield from sample_words(ready, prompt, words=words, settings=settings)


def read(network: Network, prompts: Sequence[Int32[np.ndarray, " _"]], samples: int = 1) -> States:
    """The state after each prompt, from the start state: of each prompt `samples` times, side by side."""
    arrays, rest = parted(network)
    begin = network.start_state(len(prompts))
    state, structure = jax.tree.flatten(begin)
    after = repeated(read_prompts(_Reader(arrays, rest), prompts, state), samples)
    states: States = jax.tree.unflatten(structure, after)
    return states


class _Reader(NamedTuple):
    arrays: list[Array]
    rest: Rest

    def read(self, words: np.ndarray, lengths: np.ndarray, state: State) -> State:
        return read_words(self.arrays, words, lengths, state, rest=self.rest)

"""The loop that draws words with programs that are ready, whoever made them: compiled here, or kept from before.

It looks at what comes out in chunks, so that text can be printed as it is drawn.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final, Protocol

import numpy as np

from carrousel.errors import ModelError, SettingsError
from carrousel.sampling.settings import NO_WORD, Choice, SamplingSettings

CHUNK: Final = 256
"""Words drawn at most between two looks from outside."""
FIRST: Final = 16
"""Words drawn before the first look; each chunk is twice the one before."""
READ: Final = 64
"""Words of a prompt read at a time."""

State = Sequence[Any]
"""What a model remembers of the words before, as arrays in a fixed order, each with the batch axis first."""


class Reader(Protocol):
    """The program that reads words."""

    def read(self, words: np.ndarray, lengths: np.ndarray, state: State) -> State:
        """The state after words (READ, batch), of which `lengths` (batch,) count."""


class Programs(Reader, Protocol):
    """What draws words from one model: all is done that needs no word."""

    @property
    def vocabulary(self) -> int:
        """The number of words."""

    @property
    def samples(self) -> int:
        """How many texts are drawn side by side."""

    @property
    def weights(self) -> str:
        """What weights are kept as."""

    def start(self) -> State:
        """The state before the first word, of one stream."""

    def chunk(
        self, last: Any, state: State, uniform: np.ndarray, count: np.ndarray, choice: Choice, *, filters: bool
    ) -> tuple[np.ndarray, Any, State]:
        """`count` words of each stream in an array of (CHUNK, samples); then the last words and the state.

        Args:
            last: (samples,) the words before.
            state: after the words before those.
            uniform: (CHUNK, samples) numbers drawn from [0, 1).
            count: how many words.
            choice: how each is chosen.
            filters: whether top_k and top_p are looked at.
        """


def sample_words(
    programs: Programs, prompt: np.ndarray, *, words: int, settings: SamplingSettings
) -> Iterator[np.ndarray]:
    """Draw words after a prompt.

    Every sample has randomness of its own, so the first of several is what one alone would be.

    Args:
        programs: for as many samples as are wanted, and the weights of the settings.
        prompt: the words before, at least one.
        words: how many to draw.
        settings: how.

    Yields:
        The words of all samples as they come, some at a time: (words, samples) in int32.

    Raises:
        SettingsError: an empty prompt, a number of words that cannot be, or programs made for other weights.
        ModelError: the model gives no word a probability, as one of maximum likelihood does behind what it never saw.
    """
    if not len(prompt):
        raise SettingsError("a text is drawn after at least one word; give a prompt")
    check_counts(words, programs.samples)
    if programs.weights != settings.weights:
        raise SettingsError(
            f"the model was prepared with weights {programs.weights}, not with {settings.weights}; prepare it for these"
        )
    samples = programs.samples
    state = repeated(read_prompts(programs, [prompt[:-1]], programs.start()), samples)
    choice = settings.arrays(programs.vocabulary)
    last: Any = np.full(samples, prompt[-1], np.int32)
    chances = [np.random.Generator(np.random.Philox(key=[settings.seed, place])) for place in range(samples)]
    begin, size = 0, FIRST
    while begin < words:
        count = min(size, words - begin)
        uniform = np.zeros((CHUNK, samples), np.float32)
        for place, chance in enumerate(chances):
            uniform[:count, place] = chance.random(count, np.float32)
        number = np.asarray(count, np.int32)
        out, last, state = programs.chunk(last, state, uniform, number, choice, filters=settings.filters)
        drawn = out[:count]
        stuck = (drawn == NO_WORD).any(axis=1)
        yield drawn[: stuck.argmax()] if stuck.any() else drawn
        if stuck.any():
            raise ModelError(
                "the model gives no word a probability behind what stands there; give another prompt, or a model that "
                "knows every history"
            )
        begin, size = begin + count, min(2 * size, CHUNK)


def check_counts(words: int, samples: int) -> None:
    """See that so many words of so many texts can be drawn; SettingsError where not."""
    if words < 0 or samples < 1:
        raise SettingsError(f"tokens is a whole number from 0 and samples one from 1, not {words} and {samples}")


def read_prompts(reader: Reader, prompts: Sequence[np.ndarray], state: State) -> State:
    """The state after each prompt, from a state of as many streams; an empty prompt leaves what it was."""
    for begin in range(0, max(map(len, prompts)), READ):
        piece = np.zeros((READ, len(prompts)), np.int32)
        for place, prompt in enumerate(prompts):
            part = prompt[begin : begin + READ]
            piece[: len(part), place] = part
        lengths = np.clip([len(prompt) - begin for prompt in prompts], 0, READ).astype(np.int32)
        state = reader.read(piece, lengths, state)
    return state


def repeated(state: State, samples: int) -> State:
    """Each stream's state `samples` times, side by side."""
    return state if samples == 1 else [np.repeat(np.asarray(array), samples, axis=0) for array in state]

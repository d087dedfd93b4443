"""The probability that a model gave each word of a text: in windows of one size, compiled once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Bool, Float32, Int32, Int64

from carrousel.generation.network import Network, States

WINDOW: Final = 256
"""Steps of one call of the compiled program, at most."""
TOKENS: Final = 512
"""Tokens of one call of the compiled program, about."""


@dataclass(frozen=True, kw_only=True)
class Passage:
    """Words to score, and where a model forgets what came before."""

    words: Any
    """(words,) whole numbers: an array, or a memory map."""
    context: int | None = None
    """The word that is read before the first one, and before each one that `begins` anew; None to read what stands
    there, and before the first one any."""
    boundary: int | None = None
    """The word after which the state starts afresh; None where it is carried on."""
    begins: Any = None
    """(words,) truth values: where the state starts afresh, in the place of `boundary`."""

    def __len__(self) -> int:
        return len(self.words)

    def piece(self, start: int, stop: int) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """The words that are read, the words that are scored, and where the state starts afresh before reading."""
        targets = np.asarray(self.words[start:stop], np.int32)
        before = np.asarray(self.words[max(start - 1, 0) : max(stop - 1, 0)], np.int32)
        if start == 0:
            before = np.concatenate([np.full(1, self.context or 0, np.int32), before])
        if self.begins is not None:
            resets = np.asarray(self.begins[start:stop], bool)
            return before if self.context is None else np.where(resets, np.int32(self.context), before), targets, resets
        return before, targets, None if self.boundary is None else before == self.boundary


class Excerpt(NamedTuple):
    """Parts of a passage that are read side by side, of one size whatever is left, so that one program reads all."""

    tokens: Int32[np.ndarray, "time parts"]
    """The words that are read; 0 where nothing is left."""
    targets: Int32[np.ndarray, "time parts"]
    """The words that follow them, which are scored."""
    resets: Bool[np.ndarray, "time parts"] | None
    """Where the state starts afresh before reading; None where it never does."""
    places: Int64[np.ndarray, "time parts"]
    """Where in the passage the targets stand; -1 where nothing is left."""

    @property
    def real(self) -> Bool[np.ndarray, "time parts"]:
        """Where there is something left."""
        return self.places >= 0


class Scored(NamedTuple):
    """What a model said of some words."""

    places: Int64[np.ndarray, " words"]
    """Where in the passage they stand."""
    log_probabilities: Float32[np.ndarray, " words"]
    """Natural logarithms."""


def excerpts(
    passage: Passage, *, spans: Sequence[tuple[int, int]] | None = None, window: int = WINDOW
) -> Iterator[Excerpt]:
    """A passage in pieces of `window` words, of as many spans side by side as there are; by default it is one."""
    spans = [(0, len(passage))] if spans is None else spans
    forgets = passage.boundary is not None or passage.begins is not None
    for begin in range(0, max((stop - start for start, stop in spans), default=0), window):
        tokens, targets = np.zeros((2, window, len(spans)), np.int32)
        resets = np.zeros((window, len(spans)), bool)
        places = np.full((window, len(spans)), -1, np.int64)
        for column, (start, stop) in enumerate(spans):
            here = start + begin, min(start + begin + window, stop)
            if here[0] < here[1]:
                rows = slice(0, here[1] - here[0])
                tokens[rows, column], targets[rows, column], afresh = passage.piece(*here)
                places[rows, column] = np.arange(*here)
                if afresh is not None:
                    resets[rows, column] = afresh
        yield Excerpt(tokens, targets, resets if forgets else None, places)


def score_words(
    network: Network,
    passage: Passage,
    *,
    spans: Sequence[tuple[int, int]] | None = None,
    window: int | None = None,
    precision: str = "float32",
) -> Iterator[Scored]:
    """Score the words of a passage.

    Args:
        network: the model.
        passage: the words.
        spans: parts of the passage, from the first word to behind the last, that are read side by side, each from the
            start state; by default the passage is read in one.
        window: steps of one call of the compiled program; by default fewer where many spans are read side by side.
        precision: `float32` or `mixed`.

    Yields:
        The words of each window: of one span in their order, of several side by side.
    """
    spans = [(0, len(passage))] if spans is None else spans
    window = max(1, min(WINDOW, TOKENS // max(1, len(spans)))) if window is None else window
    state = network.start_state(len(spans))
    for tokens, targets, resets, places in excerpts(passage, spans=spans, window=window):
        given = jnp.asarray(tokens), jnp.asarray(targets), None if resets is None else jnp.asarray(resets)
        nll, state = _score(network, *given, state, precision)
        real = places >= 0
        yield Scored(places[real], -np.asarray(nll, np.float32)[real])


@eqx.filter_jit
def _score(
    network: Network, tokens: Array, targets: Array, resets: Array | None, state: States, precision: str
) -> tuple[Array, States]:
    return network.losses(tokens, targets, state, resets=resets, precision=precision)

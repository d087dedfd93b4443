"""The probability of whole lines, each on its own."""

import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, pairwise
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np
from jaxtyping import Float32, Int32

from carrousel.errors import SettingsError
from carrousel.generation.network import Network
from carrousel.generation.scoring import Passage, score_words

STREAMS: Final = 16
"""Lines read side by side."""
BLOCK: Final = 2048
"""Lines held at a time."""

BASES: Final[Mapping[str, float]] = MappingProxyType({"e": 1.0, "2": math.log(2), "10": math.log(10)})
"""What a natural logarithm is divided by for a logarithm of another base."""


class ScoredLine(NamedTuple):
    """What a model said of one line."""

    words: Int32[np.ndarray, " words"]
    """The words that were scored."""
    log_probabilities: Float32[np.ndarray, " words"]
    """Natural logarithms, one a word."""

    @property
    def log_probability(self) -> float:
        """That of the whole line."""
        return float(self.log_probabilities.sum(dtype=np.float64))


def divisor(base: str) -> float:
    """What a natural logarithm is divided by for one of base `e`, `2` or `10`.

    Raises:
        SettingsError: another base.
    """
    if base not in BASES:
        raise SettingsError(f"the base of a logarithm is one of {', '.join(BASES)}, not {base!r}")
    return BASES[base]


def score_lines(
    network: Network, lines: Iterable[Int32[np.ndarray, " _"]], *, context: int | None
) -> Iterator[ScoredLine]:
    """Score lines, each from the start state, in bounded memory.

    Args:
        network: the model.
        lines: the words of each line, the end of the line among them if it is to count.
        context: the word that is read before each line; where it is None, the first word of a line is not scored.

    Yields:
        Each line, in order.
    """
    remaining = iter(lines)
    while block := list(islice(remaining, BLOCK)):
        yield from _score_block(network, block, context)


def _score_block(network: Network, lines: list[np.ndarray], context: int | None) -> Iterator[ScoredLine]:
    """Lines one after the other, as many streams as there are, each stream a run of whole lines."""
    ends = np.cumsum([0, *map(len, lines)])
    words = np.concatenate([np.zeros(0, np.int32), *lines])
    skipped = 0 if context is not None else 1
    begins = np.zeros(len(words), bool)
    begins[ends[:-1][np.diff(ends) > skipped] + skipped] = True
    found = np.zeros(len(words), np.float32)
    passage = Passage(words=words, context=context, begins=begins)
    for places, log_probabilities in score_words(network, passage, spans=_whole_lines(ends)):
        found[places] = log_probabilities
    for start, stop in zip(ends[:-1] + skipped, ends[1:], strict=True):
        yield ScoredLine(words[start:stop], found[start:stop])


def _whole_lines(ends: np.ndarray) -> list[tuple[int, int]]:
    """STREAMS spans of about equal length that end where lines do."""
    goals = np.arange(1, STREAMS) * (ends[-1] / STREAMS)
    cuts = [0, *ends[np.searchsorted(ends, goals)], ends[-1]]
    return [(int(start), int(stop)) for start, stop in pairwise(cuts)]

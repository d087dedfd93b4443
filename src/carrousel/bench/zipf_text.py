"""A seeded text of any length whose n-grams are as sparse as those of real text.

Each word comes, by chance, from what follows the two words before it, from what follows the one before it, or from the
vocabulary at large. What follows a history is a list of its own: its r-th entry is the word that a hash of the history
and r picks under Zipf's law, and early entries come more often. Nothing is stored, so neither the number of histories
nor the length of the text has a limit.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, islice, product
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float64, Int64, UInt64

VOCABULARY: Final = 300_000
"""Words there are."""
EXPONENT: Final = 1.12
"""Of Zipf's law: the r-th word is drawn in proportion to 1 / r**EXPONENT."""
SHARES: Final = (0.5, 0.35, 0.15)
"""Of words drawn behind two words, behind one, and at large."""
SPREAD: Final = 1.3
"""How fast a history's later entries grow rare: the r-th is drawn in proportion to about 1 / r**SPREAD."""
WORDS_A_LINE: Final = 21.0
"""On average, the end not counted; it is geometric, one at least."""
BLOCK: Final = 1 << 12
"""Lines drawn together."""

_SYLLABLES: Final = [first + second for first in "bdfgklmnprstvz" for second in "aeiou"]
_MIX: Final = tuple(np.uint64(number) for number in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


def spellings() -> Iterator[str]:
    """Words without end, no two alike: one syllable, then two, and so on."""
    for length in count(1):
        yield from map("".join, product(_SYLLABLES, repeat=length))


def write_zipf_text(path: Path, tokens: int, *, seed: int = 0) -> None:
    """Write lines until there are so many tokens, ends of line counted; the last line is cut to fit."""
    names = np.array(list(islice(spellings(), VOCABULARY)), object)
    left = tokens
    with path.open("w", encoding="ascii") as file:
        for words, lengths in _blocks(seed):
            for row, length in zip(names[words], lengths, strict=True):
                if left < 2:
                    break
                file.write(" ".join(row[: min(length, left - 1)]) + "\n")
                left -= min(length, left - 1) + 1
            if left < 2:
                return


def _blocks(seed: int) -> Iterator[tuple[Int64[np.ndarray, "lines words"], Int64[np.ndarray, " lines"]]]:
    random = np.random.default_rng(seed)
    mass = np.cumsum(1 / np.arange(1.0, VOCABULARY + 1) ** EXPONENT)
    mass /= mass[-1]
    while True:
        lengths = random.geometric(1 / WORDS_A_LINE, BLOCK)
        lengths[::-1].sort()
        words = np.zeros((BLOCK, int(lengths[0])), np.int64)
        two = one = np.full(BLOCK, VOCABULARY, np.uint64)
        for place in range(int(lengths[0])):
            longer = int(np.searchsorted(-lengths, -place))  # so many lines have a word here
            two, one = one[:longer], _next(two[:longer], one[:longer], mass, random)
            words[:longer, place] = one
        order = random.permutation(BLOCK)
        yield words[order], lengths[order]


def _next(
    two: UInt64[np.ndarray, " lines"],
    one: UInt64[np.ndarray, " lines"],
    mass: Float64[np.ndarray, " words"],
    random: np.random.Generator,
) -> UInt64[np.ndarray, " lines"]:
    """The next word of each line, given the last two."""
    kind = random.choice(3, len(one), p=SHARES)
    entry = random.zipf(SPREAD, len(one)).astype(np.uint64)
    history = np.where(kind == 0, _mixed(two + np.uint64(1)) ^ one, one)
    uniform = (_mixed(_mixed(history + np.uint64(1)) + entry) >> np.uint64(11)) * 2.0**-53
    uniform = np.where(kind == 2, random.random(len(one)), uniform)
    found: np.ndarray = np.minimum(np.searchsorted(mass, uniform), len(mass) - 1).astype(np.uint64)
    return found


def _mixed(values: UInt64[np.ndarray, " n"]) -> UInt64[np.ndarray, " n"]:
    """Values of which one bit changed changes half of the result's (Steele, Lea & Flood 2014, SplitMix64)."""
    values = (values + _MIX[0]) * _MIX[0]
    values = (values ^ (values >> np.uint64(30))) * _MIX[1]
    values = (values ^ (values >> np.uint64(27))) * _MIX[2]
    return values ^ (values >> np.uint64(31))

"""A text as an evaluation takes it, and the parts of it that are read side by side."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, Literal, get_args

import numpy as np

from carrousel.errors import SettingsError, TextError

State = Literal["carried", "reset"]
STATES: Final[tuple[State, ...]] = get_args(State)
RESET_STREAMS: Final = 16
"""Streams of whole sentences read side by side where each sentence stands alone: that changes nothing but the time."""
BLOCK: Final = 1 << 16

Watch = Callable[[str, int, int], None]
"""Told what is being read, how many words of it are done, and how many there are."""

Spans = list[tuple[int, int]]
"""Parts of a text, each from its first word to behind its last."""


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """A text as an evaluation takes it."""

    words: Any
    """(tokens,) whole numbers: an array, or a memory map."""
    end: int | None
    """The token that ends a sentence or a line; it is also read before the first one."""
    unknown: int | None
    """The token for what the vocabulary lacks."""
    characters: int | None = None
    """Characters of the text whose tokens are scored."""
    bytes: int | None = None
    """Bytes of the text whose tokens are scored."""

    @property
    def first(self) -> int:
        """The first token that is scored: without an end of a sentence, nothing tells the very first."""
        return 0 if self.end is not None else 1

    @property
    def whole(self) -> Spans:
        """All that is scored, as one part."""
        return [(self.first, len(self.words))]

    def check(self, vocabulary: int) -> None:
        """See that a model with this vocabulary can be asked about the text.

        Raises:
            TextError: no token to score, or one that the vocabulary does not have.
        """
        if len(self.words) <= self.first:
            raise TextError(f"a text of {len(self.words)} tokens leaves none to score; give more text")
        for begin in range(0, len(self.words), BLOCK * 16):
            block = np.asarray(self.words[begin : begin + BLOCK * 16])
            if block.min() < 0 or block.max() >= vocabulary:
                strange = int(block.max() if block.max() >= vocabulary else block.min())
                raise TextError(f"token {strange} is not of this model, whose vocabulary has {vocabulary}")

    def spans(self, state: str, streams: int) -> Spans:
        """The parts of the text that are read side by side.

        Raises:
            SettingsError: a state or a number of streams that cannot be, or a reset without an end of sentence.
        """
        if state not in STATES:
            raise SettingsError(f"state is one of {', '.join(STATES)}, not {state!r}")
        if streams < 1:
            raise SettingsError(f"streams is a whole number from 1, not {streams}")
        if streams > max(1, len(self.words) - self.first):
            raise SettingsError(
                f"streams is at most the {len(self.words) - self.first:,} tokens that are scored, not {streams:,}"
            )
        if state == "carried":
            cuts = np.linspace(self.first, len(self.words), streams + 1).astype(int).tolist()
            return list(pairwise(cuts))
        if self.end is None:
            raise SettingsError(
                "the state cannot be reset: this vocabulary has no end of a sentence; give state=carried"
            )
        if streams > 1:
            raise SettingsError("sentences that stand alone are read side by side as it is; leave streams away")
        return self._sentences()

    def _sentences(self) -> Spans:
        """Spans of about equal length, each but the last behind an end of a sentence."""
        cuts = [0]
        for goal in np.linspace(0, len(self.words), RESET_STREAMS + 1).astype(int)[1:-1]:
            cuts.append(self._behind_end(max(int(goal), cuts[-1])))
        return list(pairwise([*cuts, len(self.words)]))

    def _behind_end(self, place: int) -> int:
        """The place behind the first end of a sentence from `place` on."""
        for begin in range(place, len(self.words), BLOCK):
            found = np.flatnonzero(np.asarray(self.words[begin : begin + BLOCK]) == self.end)
            if len(found):
                return begin + int(found[0]) + 1
        return len(self.words)


def unwatched(title: str, done: int, words: int) -> None:
    """Tell nobody."""
    del title, done, words

"""The tokens of a text as n-gram models number them, in windows that a query engine can group."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Int32, Integer

from carrousel.errors import NgramError
from carrousel.ngram.sql import END, MARKS, START, UNKNOWN
from carrousel.ngram.vocabulary import Vocabulary, written

CHUNK: Final = 1 << 20
"""Tokens brought to the engine at a time."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Corpus:
    """The tokens of a text and what they are called."""

    tokens: Integer[np.ndarray, " tokens"]
    """Ids of the tokenizer, in the order of the text; may be a memory map."""
    names: Sequence[str]
    """The tokenizer's tokens by id."""
    unknown: int | None
    """The id of the unknown token, if the tokenizer has one."""
    end: int | None
    """The id of the token that ends a line, if the tokenizer has one: there a history ends too."""
    release: Callable[[], object] = lambda: None
    """Called between chunks, so that a memory map need not stay resident."""

    def chunks(self) -> Iterator[Integer[np.ndarray, " chunk"]]:
        """The tokens, a bounded number at a time, the last line ended if it was not."""
        for start in range(0, len(self.tokens), CHUNK):
            yield self.tokens[start : start + CHUNK]
            self.release()
        if self.end is not None and len(self.tokens) and self.tokens[-1] != self.end:
            yield np.array([self.end], self.tokens.dtype)

    def vocabulary(self) -> Vocabulary:
        """The tokens in the order in which the text first has them, behind the marks; those it lacks come last."""
        places = _first_places(self.chunks(), len(self.names))
        if not len(self.tokens):
            raise NgramError("the text holds no token to count; give more text")
        order = np.argsort(places, kind="stable")
        others = order[~np.isin(order, [place for place in (self.unknown, self.end) if place is not None])]
        marks = [-1 if place is None else place for place in (self.unknown, None, self.end)]
        outer = np.concatenate([np.array(marks, np.int32), others.astype(np.int32)])
        return Vocabulary(names=(*MARKS, *(written(self.names[place]) for place in others)), outer=outer)

    def windows(self, order: int, vocabulary: Vocabulary) -> Iterator[dict[str, Int32[np.ndarray, " windows"]]]:
        """Columns w{order-1} … w0 for every token and the padding between lines, where w0 is `<s>`."""
        inner = np.full(len(self.names), UNKNOWN, np.int32)
        known = np.flatnonzero(vocabulary.outer >= 0)
        inner[vocabulary.outer[known]] = known
        before = np.full(order - 1, START, np.int32)
        for chunk in self.chunks():
            tokens = np.concatenate([before, _padded(inner[chunk], order - 1)])
            count = len(tokens) - order + 1
            yield {f"w{order - 1 - place}": tokens[place : place + count] for place in range(order)}
            before = tokens[count:]


def _padded(tokens: Int32[np.ndarray, " tokens"], width: int) -> Int32[np.ndarray, " padded"]:
    """The tokens with `width` times `<s>` behind each end of a line."""
    ends = tokens == END
    behind = np.cumsum(ends)
    padded = np.full(len(tokens) + width * int(behind[-1]), START, np.int32)
    padded[np.arange(len(tokens)) + width * (behind - ends)] = tokens
    return padded


def _first_places(chunks: Iterator[Integer[np.ndarray, " chunk"]], size: int) -> Integer[np.ndarray, " size"]:
    """Where each id is first seen; a place past the end for those never seen."""
    never = np.iinfo(np.int64).max
    places = np.full(size, never)
    offset = 0
    for chunk in chunks:
        fresh = np.flatnonzero(places[chunk] == never)
        ids, first = np.unique(chunk[fresh], return_index=True)
        places[ids] = offset + fresh[first]
        offset += len(chunk)
    return places

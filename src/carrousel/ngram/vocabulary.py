"""The tokens of an n-gram model: their names in its files, and their ids in the tokenizer that cut the text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Int32

from carrousel.errors import NgramError
from carrousel.ngram.sql import END, MARKS, START, UNKNOWN

_UNWRITABLE = re.compile(r"[\s\x00-\x1f\x7f]")


@dataclass(frozen=True, kw_only=True, eq=False)
class Vocabulary:
    """Tokens by the ids that the model gives them: 0 `<unk>`, 1 `<s>`, 2 `</s>`, then the others."""

    names: tuple[str, ...]
    """Unique, without white space."""
    outer: Int32[np.ndarray, " tokens"] = field(repr=False)
    """Each token's id in the tokenizer; -1 where the tokenizer has no such token. What is -1 is never predicted."""

    def __post_init__(self) -> None:
        if self.names[:3] != MARKS:
            raise NgramError(f"a vocabulary starts with {', '.join(MARKS)}, got {', '.join(self.names[:3])}")
        if len(self.ids) != len(self.names):
            twice = next(name for place, name in enumerate(self.names) if self.ids[name] != place)
            raise NgramError(
                f"two tokens are written {twice!r} in the files of an n-gram model; rename one in the text"
            )

    @cached_property
    def ids(self) -> Mapping[str, int]:
        """Ids by name."""
        return dict(zip(self.names, range(len(self.names)), strict=True))

    @cached_property
    def predicted(self) -> Bool[np.ndarray, " tokens"]:
        """Which tokens have a probability: `<s>` never has, the other marks where the tokenizer has such a token."""
        predicted: np.ndarray = self.outer >= 0
        predicted[START] = False
        return predicted

    @property
    def size(self) -> int:
        """The number of tokens among which the model predicts."""
        return int(self.predicted.sum())

    @cached_property
    def inner(self) -> Int32[np.ndarray, " outer"]:
        """The model's ids by the tokenizer's."""
        known = np.flatnonzero(self.outer >= 0)
        inner = np.full(int(self.outer.max()) + 1, UNKNOWN, np.int32)
        inner[self.outer[known]] = known
        return inner

    def to_bytes(self) -> bytes:
        """The names, one a line."""
        return "".join(f"{name}\n" for name in self.names).encode()


def plain_vocabulary(names: tuple[str, ...]) -> Vocabulary:
    """The vocabulary of a model that came without a tokenizer: outer ids are 0 `<unk>`, 1 `</s>`, then as they come."""
    outer = np.arange(-1, len(names) - 1, dtype=np.int32)
    outer[[UNKNOWN, START, END]] = 0, -1, 1
    return Vocabulary(names=names, outer=outer)


def written(token: str) -> str:
    """A token as n-gram files can hold it: white space and control characters as `<0x20>`, marks as `<0x3c>s>`."""
    return unspaced(token.replace("<", "<0x3c>") if token in MARKS else token)


def unspaced(token: str) -> str:
    """A token with white space and control characters as the values of their bytes: `<0x20>`."""
    return _UNWRITABLE.sub(lambda found: "".join(f"<0x{byte:02x}>" for byte in found[0].encode()), token)

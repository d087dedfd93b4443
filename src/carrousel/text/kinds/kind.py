"""What every kind of tokenizer answers."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import tokenizers
from jaxtyping import Int32

from carrousel.errors import SettingsError
from carrousel.text.source import Text

UNKNOWN = "<unk>"
END = "<eos>"


class Coder(Protocol):
    """From text to token ids and back, for one vocabulary."""

    tokens: Sequence[str]
    """Each token as text, by id."""
    unknown: int | None
    end: int | None
    """The token that ends a line."""

    def encode(self, text: str | bytes) -> Int32[np.ndarray, " tokens"]:
        """The tokens of a text; TextError for what cannot be read."""

    def spell(self, ids: Iterable[int]) -> Iterator[str]:
        """What to write for each token, and one last string for what is then still to be written."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of tokenizer as data: how it is learned, what it is made of, how a long text is read for it."""

    name: str
    pipeline: Callable[[], tokenizers.Tokenizer]
    """The tokenizer of the library with everything but its vocabulary."""
    learn: Callable[[Text, int | None, int | None], tokenizers.Tokenizer]
    """From a text, the size of the vocabulary and the least count, where None is the kind's own default."""
    coder: Callable[[Mapping[str, int], tokenizers.Tokenizer], Coder]
    """From a vocabulary and the library's tokenizer that has it."""
    stretches: Callable[[Text], Iterator[str] | Iterator[bytes]]
    """The text in stretches that can be encoded one after the other: no token reaches from one into the next."""


def checked_size(kind: str, size: int, *, least: int) -> int:
    """The size of a vocabulary, or SettingsError where it has no room for the tokens that are always in it."""
    if size < least:
        raise SettingsError(
            f"the vocabulary of a {kind} tokenizer has at least {least} tokens, so its size cannot be {size}"
        )
    return size


def checked_count(min_count: int | None, *, default: int) -> int:
    """The least count, or SettingsError where it is below one."""
    if min_count is not None and min_count < 1:
        raise SettingsError(f"min_count counts how often a token is seen, at least once, so it cannot be {min_count}")
    return default if min_count is None else min_count

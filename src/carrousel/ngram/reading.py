"""A text's words and its tokens in one pass: words are numbered as they come, then as their frequency orders them."""

import mmap
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

import numpy as np
from jaxtyping import Int32, Int64, Integer

from carrousel.errors import TextError
from carrousel.text.counting import HELD
from carrousel.text.kinds.word import WORD, cut, limits, with_words
from carrousel.text.source import Text
from carrousel.text.tokenizer import Tokenizer

CHUNK: Final = 1 << 20
"""Tokens that are renumbered at a time."""


class Words(NamedTuple):
    """The tokens of a text, and what cuts it so."""

    tokenizer: Tokenizer
    tokens: Integer[np.ndarray, " tokens"]
    """A memory map."""
    release: Callable[[], object]
    """Hands the map's memory back to the system; what is looked at again is read again."""


def read_words(text: Text, work: Path, *, size: int | None, min_count: int | None, held: int = HELD) -> Words | None:
    """What learning a word tokenizer and cutting the text by it give, though the text is read once and not twice.

    Args:
        text: read once.
        work: a folder for the tokens.
        size: the most tokens that the vocabulary may have.
        min_count: how often a word must be seen.
        held: different words in memory at most; a text that has more gives None, and has to be read twice.

    Raises:
        TextError: the text cannot be read or holds no word, or the disk refuses.
    """
    limit, least = limits(size, min_count)
    beside = work / "words"
    try:
        with beside.open("w+b") as file:
            numbered = _numbered(text, file, held)
            if numbered is None:
                return None
            words, counts = numbered
            enough = sorted(
                (-count, word) for word, count in zip(words, counts.tolist(), strict=True) if count >= least
            )
            library = with_words((word for _, word in enough), limit, name=text.name, least=least)
            tokenizer = Tokenizer(WORD, library)
            file.seek(0)
            _renumber(file, library.get_vocab(), words, work / "tokens")
        with (work / "tokens").open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise TextError(f"the tokens cannot be written to {work}: {error.strerror}") from error
    finally:
        beside.unlink(missing_ok=True)
    return Words(tokenizer, np.frombuffer(mapped, _width(tokenizer.size)), lambda: _released(mapped))


class _Numbers(dict[str, int]):
    """Words by their number, the first being 0; a new one is given the next."""

    def __missing__(self, word: str) -> int:
        number = self[word] = len(self)
        return number


def _numbered(text: Text, file: BinaryIO, held: int) -> tuple[list[str], Int64[np.ndarray, " words"]] | None:
    """Write the numbers of the text's words; the words, and how often each is seen, unless there are too many."""
    numbers, counts = _Numbers(), np.zeros(0, np.int64)
    for stretch in WORD.stretches(text):
        words = cut(str(stretch))
        found = np.fromiter(map(numbers.__getitem__, words), np.int32, len(words))
        if len(numbers) > held:
            return None
        counts = np.concatenate([counts, np.zeros(len(numbers) - len(counts), np.int64)])
        counts += np.bincount(found, minlength=len(numbers))
        file.write(found.data)
    return list(numbers), counts


def _renumber(file: BinaryIO, ids: dict[str, int], words: list[str], path: Path) -> None:
    """Write the tokens of which the file holds the words' numbers; words that the ids lack are unknown, which is 0."""
    table = np.fromiter((ids.get(word, 0) for word in words), _width(len(ids)), len(words))
    with path.open("wb") as target:
        while len(chunk := _chunk(file)):
            target.write(table.take(chunk).data)


def _chunk(file: BinaryIO) -> Int32[np.ndarray, " chunk"]:
    return np.frombuffer(file.read(CHUNK * np.dtype(np.int32).itemsize), np.int32)


def _width(size: int) -> np.dtype[np.unsignedinteger]:
    return np.min_scalar_type(size - 1)


def _released(mapped: mmap.mmap) -> None:
    if hasattr(mmap, "MADV_DONTNEED"):
        mapped.madvise(mmap.MADV_DONTNEED)

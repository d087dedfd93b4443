"""Each word between white space is a token and so is each newline: the convention of the Penn Treebank.

`<unk>` written in a text is the unknown token itself, and a written `<eos>` is the end of a line.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

import numpy as np
from jaxtyping import Int32
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

from carrousel.errors import ModelError, TextError
from carrousel.text.counting import most_frequent
from carrousel.text.cuts import whole_lines
from carrousel.text.kinds.kind import END, UNKNOWN, Kind, checked_count, checked_size
from carrousel.text.source import Text
from carrousel.text.utf8 import characters

SPECIAL = (UNKNOWN, END)
SIZE = 1 << 16
"""The most tokens if nothing else is said: rarer words of a very large text are unknown, and ids have 16 bits."""


class WordCoder:
    """Words and their places in the vocabulary."""

    def __init__(self, vocabulary: Mapping[str, int], library: Tokenizer) -> None:  # noqa: ARG002 - a kind's signature
        self._ids = _Ids(vocabulary)
        tokens = sorted(self._ids, key=self._ids.__getitem__)
        if tuple(tokens[:2]) != SPECIAL or " ".join(tokens).split() != tokens:
            raise ModelError(
                f"a word tokenizer has {UNKNOWN} and {END} as tokens 0 and 1 and words without white space "
                "behind them, this one differs"
            )
        self.tokens: Sequence[str] = tokens
        self.unknown: int | None = 0
        self.end: int | None = 1

    def encode(self, text: str | bytes) -> Int32[np.ndarray, " tokens"]:
        """The places of words and newlines in the vocabulary."""
        words = cut(characters(text))
        return np.fromiter(map(self._ids.__getitem__, words), np.int32, len(words))

    def spell(self, ids: Iterable[int]) -> Iterator[str]:
        """The words with single spaces between them, none beside a newline."""
        space = ""
        for index in ids:
            yield "\n" if index == self.end else space + self.tokens[index]
            space = "" if index == self.end else " "
        yield ""


class _Ids(dict[str, int]):
    """Ids by word; every other word is unknown."""

    def __missing__(self, word: str) -> int:
        return 0


def pipeline() -> Tokenizer:
    """Newlines as words, then a cut at white space: what `str.split` takes for it."""
    library = Tokenizer(models.WordLevel({UNKNOWN: 0}, unk_token=UNKNOWN))
    library.normalizer = normalizers.Sequence(
        [normalizers.Replace("\n", f" {END} "), normalizers.Replace(Regex(r"[\x1c-\x1f]"), " ")]
    )
    library.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return library


def learn(text: Text, size: int | None, min_count: int | None) -> Tokenizer:
    """The words of the text, the most frequent first; equals come in code point order."""
    limit, least = limits(size, min_count)
    found = most_frequent(partial(_all_words, text), size=limit, min_count=least)
    return with_words(found, limit, name=text.name, least=least)


def limits(size: int | None, min_count: int | None) -> tuple[int, int]:
    """How many tokens there may be, and how often each must be seen, if no more is said than this."""
    limit = checked_size("word", SIZE if size is None else size, least=len(SPECIAL) + 1)
    return limit, checked_count(min_count, default=1)


def with_words(found: Iterable[str], limit: int, *, name: str, least: int) -> Tokenizer:
    """The tokenizer of the words found in a text, the most frequent first, of which so many tokens at most are kept."""
    words = [word for word in found if word not in SPECIAL][: limit - len(SPECIAL)]
    if not words:
        raise TextError(f"{name}: no word is seen {least} times; give more text")
    library = pipeline()
    library.model = models.WordLevel({word: index for index, word in enumerate((*SPECIAL, *words))}, unk_token=UNKNOWN)
    return library


def stretches(text: Text) -> Iterator[str]:
    """Lines, whole."""
    return whole_lines(text.chunks())


def _all_words(text: Text) -> Iterator[list[str]]:
    return map(cut, stretches(text))


def cut(text: str) -> list[str]:
    """The words of a stretch, and `<eos>` for each end of a line."""
    return text.replace("\n", f" {END} ").split()


WORD = Kind(name="word", pipeline=pipeline, learn=learn, coder=WordCoder, stretches=stretches)

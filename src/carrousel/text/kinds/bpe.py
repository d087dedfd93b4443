"""Byte-level byte pair encoding (Sennrich et al. 2016; on bytes, Radford et al. 2019): lossless for any UTF-8.

Pieces are cut first, by a pattern of our own in explicit ranges, so that Python's `re` and the library cut alike: a run
of letters, digits or punctuation with the space before it, spaces, control characters, each at most 32 long, and a
newline alone. Whatever is neither ASCII nor in a block of punctuation counts as a letter. No piece reaches over a
newline.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, islice

import numpy as np
from jaxtyping import Int32
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from carrousel.errors import ModelError
from carrousel.text.cuts import whole_lines
from carrousel.text.kinds.alphabet import ALPHABET, BYTES
from carrousel.text.kinds.kind import Kind, checked_count, checked_size
from carrousel.text.source import Text
from carrousel.text.utf8 import characters, spell

SIZE = 8192
LEARNED_FROM = 32 << 20
"""Bytes of text that pairs are counted in; of a longer text stretches at even distances are taken."""

_LETTERS = "A-Za-z\u00c0-\u1fff\u2070-\u2fff\u3040-\ufeff\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uff66-\U0010ffff"
_PUNCTUATION = (
    r"!-/:-@\[-`{-~" + "\u0080-\u00bf\u2000-\u206f\u3000-\u303f\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
)
_CONTROLS = r"\x00-\x09\x0b-\x1f\x7f"
_LONGEST = "{1,32}"
PATTERN = (
    "|".join(
        run + _LONGEST
        for run in (f" ?[{_LETTERS}]", f"'[{_LETTERS}]", " ?[0-9]", f" ?[{_PUNCTUATION}]", " ", f"[{_CONTROLS}]")
    )
    + "|\n"
)
"""Every character is in a piece, and a piece alone is cut into itself: no alternative looks beyond its match."""

KEPT_PIECES = 1 << 17


class BpeCoder:
    """Pieces of text and the tokens that the library finds in them."""

    def __init__(self, vocabulary: Mapping[str, int], library: Tokenizer) -> None:
        if not vocabulary.keys() >= BYTES.keys():
            raise ModelError("a bpe tokenizer has all 256 bytes in its vocabulary, this one lacks some")
        letters = sorted(vocabulary, key=vocabulary.__getitem__)
        self._bytes = [bytes(BYTES[letter] for letter in token) for token in letters]
        self.tokens: Sequence[str] = [token.decode("utf-8", "backslashreplace") for token in self._bytes]
        self.unknown: int | None = None
        self.end: int | None = vocabulary[ALPHABET[ord("\n")]]
        self._pieces = re.compile(PATTERN)
        self._ids = lru_cache(KEPT_PIECES)(lambda piece: tuple(library.encode(piece).ids))

    def encode(self, text: str | bytes) -> Int32[np.ndarray, " tokens"]:
        """The tokens of each piece, one piece after the other."""
        pieces = self._pieces.findall(characters(text))
        return np.fromiter(chain.from_iterable(map(self._ids, pieces)), np.int32)

    def spell(self, ids: Iterable[int]) -> Iterator[str]:
        """The bytes of the tokens as UTF-8."""
        return spell(self._bytes[index] for index in ids)


def pipeline() -> Tokenizer:
    """The pieces of the pattern, as letters that stand for bytes."""
    library = Tokenizer(models.BPE())
    library.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PATTERN), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    library.decoder = decoders.ByteLevel()
    return library


def learn(text: Text, size: int | None, min_count: int | None) -> Tokenizer:
    """The 256 bytes, then pairs by frequency as long as they are seen often enough (twice, if nothing else is said)."""
    trainer = trainers.BpeTrainer(
        vocab_size=checked_size("bpe", SIZE if size is None else size, least=257),
        min_frequency=checked_count(min_count, default=2),
        initial_alphabet=list(ALPHABET),
        show_progress=False,
    )
    every = max(-(-text.bytes // LEARNED_FROM), 1)
    library = pipeline()
    library.train_from_iterator(islice(stretches(text), 0, None, every), trainer)
    return library


def stretches(text: Text) -> Iterator[str]:
    """Lines, whole."""
    return whole_lines(text.chunks())


BPE = Kind(name="bpe", pipeline=pipeline, learn=learn, coder=BpeCoder, stretches=stretches)

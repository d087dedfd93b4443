"""Each Unicode character is a token; characters that are not in the vocabulary are `<unk>`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from jaxtyping import Int32
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers

from carrousel.errors import ModelError, TextError
from carrousel.text.kinds.kind import UNKNOWN, Kind, checked_count, checked_size
from carrousel.text.source import Text
from carrousel.text.utf8 import characters

CODE_POINTS = 0x110000


class CharCoder:
    """Characters and their places in the vocabulary, by a table over all code points."""

    def __init__(self, vocabulary: Mapping[str, int], library: Tokenizer) -> None:  # noqa: ARG002 - a kind's signature
        self.tokens: Sequence[str] = sorted(vocabulary, key=vocabulary.__getitem__)
        if self.tokens[:1] != [UNKNOWN] or any(len(token) != 1 for token in self.tokens[1:]):
            raise ModelError(
                f"a char tokenizer has {UNKNOWN} as token 0 and single characters behind it, this one differs"
            )
        self.unknown: int | None = 0
        self.end: int | None = vocabulary.get("\n")
        self._ids = np.zeros(CODE_POINTS, np.int32)
        self._ids[[ord(token) for token in self.tokens[1:]]] = range(1, len(self.tokens))

    def encode(self, text: str | bytes) -> Int32[np.ndarray, " tokens"]:
        """The places of the characters in the vocabulary."""
        ids: np.ndarray = self._ids[_code_points(characters(text))]
        return ids

    def spell(self, ids: Iterable[int]) -> Iterator[str]:
        """The characters; U+FFFD for an unknown one."""
        yield from (self.tokens[index] if index else "\ufffd" for index in ids)
        yield ""


def pipeline() -> Tokenizer:
    """Every character alone."""
    library = Tokenizer(models.WordLevel({UNKNOWN: 0}, unk_token=UNKNOWN))
    library.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    library.decoder = decoders.Fuse()
    return library


def learn(text: Text, size: int | None, min_count: int | None) -> Tokenizer:
    """The characters of the text, the most frequent first; equals come in code point order."""
    limit = checked_size("char", CODE_POINTS if size is None else size, least=2)
    least = checked_count(min_count, default=1)
    counts = np.zeros(CODE_POINTS, np.int64)
    for chunk in text.chunks():
        counts += np.bincount(_code_points(chunk), minlength=CODE_POINTS)
    order = np.argsort(-counts, kind="stable")
    found = order[counts[order] >= least][: limit - 1].tolist()
    if not found:
        raise TextError(f"{text.name}: no character is seen {least} times; lower min_count")
    library = pipeline()
    library.model = models.WordLevel(
        {token: index for index, token in enumerate([UNKNOWN, *map(chr, found)])}, unk_token=UNKNOWN
    )
    return library


def _code_points(text: str) -> Int32[np.ndarray, " characters"]:
    return np.frombuffer(text.encode("utf-32-le"), np.int32)


CHAR = Kind(name="char", pipeline=pipeline, learn=learn, coder=CharCoder, stretches=Text.chunks)

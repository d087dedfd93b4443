"""Each byte is a token, with itself as id: any bytes, 256 tokens, nothing to learn."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from jaxtyping import Int32
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from carrousel.errors import ModelError, SettingsError
from carrousel.text.kinds.alphabet import ALPHABET
from carrousel.text.kinds.kind import Kind
from carrousel.text.source import Text
from carrousel.text.utf8 import octets, spell


class ByteCoder:
    """Bytes and their values."""

    def __init__(self, vocabulary: Mapping[str, int], library: Tokenizer) -> None:  # noqa: ARG002 - a kind's signature
        if vocabulary != {letter: byte for byte, letter in enumerate(ALPHABET)}:
            raise ModelError("a byte tokenizer has the 256 bytes as vocabulary and nothing else, this one differs")
        self.tokens: Sequence[str] = [bytes([byte]).decode("utf-8", "backslashreplace") for byte in range(256)]
        self.unknown: int | None = None
        self.end: int | None = ord("\n")

    def encode(self, text: str | bytes) -> Int32[np.ndarray, " tokens"]:
        """The values of the bytes."""
        return np.frombuffer(octets(text), np.uint8).astype(np.int32)

    def spell(self, ids: Iterable[int]) -> Iterator[str]:
        """The bytes as UTF-8."""
        return spell(bytes([index]) for index in ids)


def pipeline() -> Tokenizer:
    """Letters that stand for bytes, one by one."""
    library = Tokenizer(models.BPE())
    library.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    library.decoder = decoders.ByteLevel()
    return library


def learn(text: Text, size: int | None, min_count: int | None) -> Tokenizer:  # noqa: ARG001 (nothing to learn)
    """The one byte tokenizer; a size other than 256 or a least count raises SettingsError."""
    if size not in {None, 256} or min_count not in {None, 1}:
        raise SettingsError("a byte tokenizer has 256 tokens whatever the text is; leave out size and min_count")
    library = pipeline()
    library.model = models.BPE({letter: byte for byte, letter in enumerate(ALPHABET)}, [])
    return library


BYTE = Kind(name="byte", pipeline=pipeline, learn=learn, coder=ByteCoder, stretches=Text.blocks)

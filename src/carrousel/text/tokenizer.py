"""Tokenizers: text to numbers and back, and the file that lies in a model's folder."""

import hashlib
import json
import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, SupportsIndex, final

import numpy as np
import tokenizers
from jaxtyping import Int32

from carrousel.errors import ModelError, SettingsError, TextError, near
from carrousel.text.kinds import KINDS, Kind
from carrousel.text.source import Text, join_texts


@final
class Tokenizer:
    """A tokenizer of one kind with its vocabulary; `learn_tokenizer` and `Tokenizer.from_bytes` make one."""

    kind: str
    """"word", "char", "byte" or "bpe"."""
    unknown: int | None
    """The id of `<unk>`, or None where every text can be written (byte, bpe)."""
    end: int | None
    """The id of the token that ends a line, or None where the vocabulary lacks it (char)."""

    def __init__(
        self, kind: Kind, library: tokenizers.Tokenizer, *, vocabulary: Mapping[str, int] | None = None
    ) -> None:
        self._row = kind
        self._library = library
        self._coder = kind.coder(library.get_vocab() if vocabulary is None else vocabulary, library)
        self.kind, self.unknown, self.end = kind.name, self._coder.unknown, self._coder.end

    def __repr__(self) -> str:
        return f"Tokenizer({self.kind}, {self.size:,} tokens)"

    @property
    def size(self) -> int:
        """The number of different tokens; ids run from 0 to size - 1."""
        return len(self._coder.tokens)

    def encode(self, text: str | bytes) -> Int32[np.ndarray, " tokens"]:
        """The tokens of a text.

        Raises TextError for bytes that are no UTF-8 (all kinds but byte) and for lone surrogates in a string.
        """
        return self._coder.encode(text)

    def decode(self, ids: Iterable[SupportsIndex]) -> str:
        """The text of tokens: words with single spaces between them, `<eos>` as newline; otherwise as it was encoded.

        What no text has is written as U+FFFD: unknown characters and bytes that make no character.
        """
        return "".join(self.spell(ids))

    def spell(self, ids: Iterable[SupportsIndex]) -> Iterator[str]:
        """What to write for each token as it comes, and one last string at the end; all joined they are `decode`."""
        return self._coder.spell(map(self._checked, ids))

    def token(self, index: SupportsIndex) -> str:
        r"""One token as text; a byte that makes no character alone is written as its value, such as \xe2."""
        return self._coder.tokens[self._checked(index)]

    def stretches(self, text: Text) -> Iterator[str] | Iterator[bytes]:
        """The text in stretches of bounded size; encoded one after the other they give the tokens of the whole."""
        return self._row.stretches(text)

    @property
    def library(self) -> tokenizers.Tokenizer:
        """The same tokenizer as an object of the `tokenizers` library."""
        return self._library

    @property
    def sha256(self) -> str:
        """The hash of `to_bytes()`, in hexadecimal: equal for tokenizers that encode alike."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def to_bytes(self) -> bytes:
        """The file: JSON of our kind and of the library's tokenizer, which that library reads as it is."""
        content = {"kind": self.kind, "tokenizer": json.loads(self._library.to_str())}
        return json.dumps(content, ensure_ascii=False, indent=1).encode() + b"\n"

    @staticmethod
    def from_bytes(content: bytes) -> "Tokenizer":
        """The tokenizer of a file; ModelError where it is none, or does not cut text as its kind does."""
        try:
            fields = json.loads(content)
            kind, whole = fields["kind"], fields["tokenizer"]
            vocabulary = whole["model"]["vocab"]
            library = tokenizers.Tokenizer.from_str(json.dumps(whole))
            emptied = whole["model"] | {"vocab": {}} | ({"merges": []} if "merges" in whole["model"] else {})
            empty = tokenizers.Tokenizer.from_str(json.dumps(whole | {"model": emptied}))
        except Exception as error:  # the library raises no class of its own
            raise ModelError(f"tokenizer.json is no tokenizer of ours: {error}") from error
        if kind not in KINDS:
            raise ModelError(
                f"tokenizer.json holds a tokenizer of kind {kind!r}, and known kinds are {', '.join(KINDS)}"
            )
        row = KINDS[kind]
        if _frame(empty) != _frame(row.pipeline()):
            raise ModelError(f"tokenizer.json says {kind} but does not cut text as a {kind} tokenizer does")
        if sorted(vocabulary.values()) != list(range(library.get_vocab_size())):
            raise ModelError("the ids in tokenizer.json have gaps or repeat")
        return Tokenizer(row, library, vocabulary=vocabulary)

    def _checked(self, index: SupportsIndex) -> int:
        place = operator.index(index)
        if not 0 <= place < self.size:
            raise TextError(f"token ids run from 0 to {self.size - 1}, got {place}")
        return place


def learn_tokenizer(
    kind: str, texts: Text | Sequence[Text], *, size: int | None = None, min_count: int | None = None
) -> Tokenizer:
    """A tokenizer of the kind with the vocabulary of the texts.

    Args:
        kind: "word", "char", "byte" or "bpe".
        texts: read as often as needed, in bounded memory.
        size: the most tokens that the vocabulary may have, `<unk>` and `<eos>` counted. Without it: the 65,536 most
            frequent words, every character, the 256 bytes, 8,192 tokens of pairs.
        min_count: words and characters seen fewer times are unknown (default 1); for bpe, how often a pair must be seen
            to become a token (default 2).

    Raises:
        SettingsError: for a kind, a size or a count that cannot be.
        TextError: for a text that cannot be read or has nothing to learn from.
    """
    if kind not in KINDS:
        raise SettingsError(f"there is no tokenizer {kind!r}{near(kind, KINDS)}")
    row = KINDS[kind]
    return Tokenizer(row, row.learn(join_texts(texts), size, min_count))


def _frame(library: tokenizers.Tokenizer) -> dict[str, Any]:
    """How the library's tokenizer cuts and joins text, without its vocabulary."""
    frame: dict[str, Any] = json.loads(library.to_str())
    model = frame.pop("model")
    return frame | {key: value for key, value in model.items() if key not in {"vocab", "merges"}}

"""The kinds of tokenizers: one a file, and the table of them."""

from collections.abc import Mapping
from types import MappingProxyType

from carrousel.text.kinds.bpe import BPE
from carrousel.text.kinds.byte import BYTE
from carrousel.text.kinds.char import CHAR
from carrousel.text.kinds.kind import Coder, Kind
from carrousel.text.kinds.word import WORD

KINDS: Mapping[str, Kind] = MappingProxyType({kind.name: kind for kind in (WORD, CHAR, BYTE, BPE)})

__all__ = ["KINDS", "Coder", "Kind"]

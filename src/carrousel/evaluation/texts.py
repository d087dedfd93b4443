"""A text cut into a model's tokens, as an evaluation takes it."""

from pathlib import Path
from typing import Final, NamedTuple

from carrousel.evaluation.corpus import Corpus
from carrousel.text import Text, Tokenizer, Tokens, tokenise, tokens_in_memory

IN_MEMORY: Final = 1 << 24
"""Bytes up to which a text's tokens are held in memory; those of a longer one go to a temporary file."""


class ReadText(NamedTuple):
    """A text in tokens."""

    tokens: Tokens
    corpus: Corpus
    """The tokens with the characters and bytes of those that are scored."""


def read_text(text: Text, tokenizer: Tokenizer, folder: Path) -> ReadText:
    """Cut a text into tokens; those of a long one go to a file in the folder.

    Raises:
        TextError: the text cannot be read.
    """
    if text.bytes <= IN_MEMORY:
        tokens = tokens_in_memory(text, tokenizer)
    else:
        tokens = tokenise(text, tokenizer, folder / f"tokens-{len(list(folder.iterdir()))}")
    end, counts = tokenizer.end, tokens.counts
    first = "" if end is not None else tokenizer.decode(tokens.array[:1].tolist())
    corpus = Corpus(
        words=tokens.array,
        end=end,
        unknown=tokenizer.unknown,
        characters=counts.characters - len(first),
        bytes=counts.bytes - len(first.encode()),
    )
    return ReadText(tokens, corpus)

"""The texts that `carrousel train` is called with."""

from collections.abc import Sequence
from typing import Final

from carrousel.text import Text, hold_out, join_texts, open_text
from carrousel.training.corpora import Texts

DEFAULT_TEXT: Final = "builtin:english"


def open_texts(names: Sequence[str], *, valid: str | None, test: str | None, held_out: float) -> Texts:
    """The texts that are learned from as one, and what they are judged on.

    Args:
        names: of the texts that are learned from.
        valid: the name of the text for validation; without one the end of the first is held out.
        test: the name of the test text.
        held_out: the share that is held out.
    """
    opened = [open_text(name) for name in names]
    said = [_account(text) for text in opened]
    train = join_texts(opened)
    if valid is None:
        train, validation = hold_out(train, held_out)
        said.append(f"without --valid, {validation.name} is held out for it")
    else:
        validation = open_text(valid)
    return Texts(train=train, valid=validation, test=None if test is None else open_text(test), said=tuple(said))


def _account(text: Text) -> str:
    """Its size; of a built-in text, which another Python may have otherwise, also its hash and where it comes from."""
    if text.name.startswith("builtin:"):
        return f"{text.name}: {text.bytes:,} bytes, sha256 {text.sha256}, {text.origin}"
    return f"{text.name}: {text.bytes:,} bytes{text.origin and ', ' + text.origin}"

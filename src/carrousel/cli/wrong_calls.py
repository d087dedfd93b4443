"""A call that cannot be understood, in one sentence."""

import difflib
import re
from collections.abc import Collection
from typing import Final

from cyclopts import CycloptsError, MissingArgumentError, UnknownCommandError

from carrousel.errors import near

_NO_OPTION: Final = re.compile(r"there is no option (\S+)")
"""What `arguments.py` says of a word that begins with a hyphen where a text may stand."""


def wrong_call(error: CycloptsError, *, commands: Collection[str], flags: Collection[str]) -> str:
    """What is wrong with a call, and what was near.

    Args:
        error: what the reader of command lines says.
        commands: names of all commands.
        flags: those of the command that was called.
    """
    text = " ".join(str(error).split())
    if isinstance(error, UnknownCommandError) and error.unused_tokens:
        wrong = error.unused_tokens[0]
        return f"there is no command {wrong!r}{near(wrong, commands)}"
    if isinstance(error, MissingArgumentError) and _is_absent(error) and "Did you mean" not in text:
        return f"carrousel {' '.join(error.command_chain or ())} needs {_name(error)}; see its --help"
    if found := _NO_OPTION.search(text):
        close = difflib.get_close_matches(found[1], flags, n=1)
        return f"there is no option {found[1]}" + (f"; did you mean {close[0]}?" if close else "")
    return text[:1].lower() + text[1:].rstrip(".")


def _is_absent(error: MissingArgumentError) -> bool:
    """Whether an argument was left out, and not only what should follow it."""
    return error.argument is not None and error.keyword is None and not error.argument.tokens


def _name(error: MissingArgumentError) -> str:
    return "an argument" if error.argument is None else error.argument.name

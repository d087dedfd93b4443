"""The settings that an error of the library names, written as the flags of the command that met it."""

import re
from collections.abc import Collection
from typing import Final

from cyclopts import App

_NAMES: Final = re.compile(
    r"""(?<![\w'"/.-])[a-z0-9]+(?:_[a-z0-9]+)+(?![\w'"/.?-])"""  # two words and more can be no others
    r"|\A[a-z]+(?= (?:is|counts|has|starts) )"  # one word alone may be any, so only where a setting stands
    r"|(?<=\bleave )[a-z]+(?= away| and [a-z]+ away)|(?<=\band )[a-z]+(?= away)|(?<=\bset )[a-z]+(?= to )"
)
_CHOICES: Final = ("; did you mean", "; there are")
"""What follows is told as it is written in a file."""


def flags_of(app: App, arguments: Collection[str]) -> list[str]:
    """The flags of the command that is called."""
    _, apps, _ = app.parse_commands(list(arguments))
    return [argument.name for argument in apps[-1].assemble_argument_collection() if argument.name.startswith("--")]


def with_flags(sentence: str, flags: Collection[str]) -> str:
    """The sentence with `--learning-rate` in the place of learning_rate, where that is a flag."""
    known = {flag.removeprefix("--").replace("-", "_"): flag for flag in flags}
    end = min((place for mark in _CHOICES if (place := sentence.find(mark)) >= 0), default=len(sentence))
    return _NAMES.sub(lambda found: known.get(found[0], found[0]), sentence[:end]) + sentence[end:]

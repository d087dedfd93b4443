"""The commands, and the one place where errors become a sentence and an exit code.

Exit codes: 0 done, 1 the work failed, 2 the call was wrong, 75 training was asked to stop and can be resumed, 130
interrupted. Commands are imported when they are called, so that `carrousel --help` is there at once.
"""

import os
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from types import MappingProxyType
from typing import Final, NoReturn

from cyclopts import App, CycloptsError

from carrousel.cli.flags import flags_of, with_flags
from carrousel.cli.process import settle
from carrousel.errors import CarrouselError, SettingsError

COMMANDS: Final = MappingProxyType(
    {
        "train": ("carrousel.cli.train:app", "Train a language model on a text, or compare cells on it."),
        "evaluate": ("carrousel.cli.evaluate:evaluate", "Print how well models predict a text."),
        "generate": ("carrousel.cli.generate:generate", "Draw text from a model and print it as it comes."),
        "score": ("carrousel.cli.score:score", "Print the logarithm of each line's probability."),
        "verify": ("carrousel.cli.verify:verify", "Compare every file of a model with its manifest."),
        "cells": ("carrousel.cli.cells:cells", "List the cells, or show one: equations, plan, parameters, drawing."),
        "ngram": ("carrousel.cli.ngram:app", "Count the n-grams of a text and make a language model of them."),
        "inspect": ("carrousel.cli.inspect:inspect", "Look inside models: gates, states, gradients, on one page."),
        "lab": ("carrousel.cli.lab:lab", "Put a claim of the lecture notes to the test, or list the claims."),
        "data": ("carrousel.cli.data:data", "List collections of data, or get one: fetched, and checked."),
        "bench": ("carrousel.cli.bench:bench", "Measure how fast this is, beside PyTorch."),
    }
)
"""Name -> where it is, and the one line that stands in --help."""

DEBUG: Final = "--debug"
INTERRUPTED: Final = 130
HELP: Final = "Recurrent language models, from the equations up."
EPILOGUE: Final = f"After any command, {DEBUG} shows where an error came from."


def main() -> NoReturn:
    """Run the command of this process's arguments and leave with its exit code."""
    settle()
    sys.exit(call(sys.argv[1:]))


def call(arguments: Sequence[str]) -> int:
    """Run one command; errors are one sentence on the standard error.

    Returns:
        The exit code.
    """
    debug, app = DEBUG in arguments, make_app()
    words = [word for word in arguments if word != DEBUG]
    try:
        code = app(words)
    except (CarrouselError, CycloptsError, OSError, KeyboardInterrupt) as error:
        if debug:
            raise
        return _told(error, app, words)
    return code if isinstance(code, int) else 0


def make_app() -> App:
    """The program with its commands, none of them imported yet."""
    app = App(
        name="carrousel",
        help=HELP,
        help_epilogue=EPILOGUE,
        version=_version(),
        help_format="plaintext",
        result_action="return_value",
        exit_on_error=False,
        print_error=False,
        suppress_keyboard_interrupt=False,
    )
    for name, (place, summary) in COMMANDS.items():
        app.command(place, name=name, help=summary)
    return app


def _told(error: BaseException, app: App, words: Sequence[str]) -> int:
    """Say what went wrong; the exit code for it."""
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    if isinstance(error, BrokenPipeError):  # whoever read our output has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    sentence = _sentence(error) if isinstance(error, CycloptsError) else str(error)
    if isinstance(error, CarrouselError):
        sentence = with_flags(sentence, flags_of(app, words))
    print(f"carrousel: {sentence}", file=sys.stderr)
    return 2 if isinstance(error, CycloptsError | SettingsError) else 1


def _sentence(error: CycloptsError) -> str:
    """A wrong call as one sentence."""
    text = " ".join(str(error).split())
    return text[:1].lower() + text[1:].rstrip(".")


def _version() -> str:
    try:
        return version("carrousel")
    except PackageNotFoundError:
        return "not installed"

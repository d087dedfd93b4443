"""The commands, and the one place where errors become a sentence and an exit code.

Exit codes: 0 done, 1 the work failed, 2 the call was wrong, 75 training was asked to stop and can be resumed, 130
interrupted. Commands are imported when they are called, so that `carrousel --help` is there at once.
"""

import inspect
import os
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from types import MappingProxyType
from typing import Final, NoReturn

from cyclopts import App, CycloptsError, Parameter, UnknownCommandError

from carrousel.cli.flags import flags_of, with_flags
from carrousel.cli.process import settle
from carrousel.cli.wrong_calls import wrong_call
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
NO_MEMORY: Final = "RESOURCE_EXHAUSTED"
"""How jax begins an error, a RuntimeError, where memory is too small."""
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
        _explain(app, words)
        code = app(words)
    except (CarrouselError, CycloptsError, OSError, MemoryError, RuntimeError, KeyboardInterrupt) as error:
        if debug or _is_ours_to_mend(error):
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
        default_parameter=Parameter(negative_iterable=()),
        result_action="return_value",
        exit_on_error=False,
        print_error=False,
        suppress_keyboard_interrupt=False,
    )
    for name, (place, summary) in COMMANDS.items():
        app.command(place, name=name, help=summary)
    return app


def _explain(app: App, words: Sequence[str]) -> None:
    """Give the command whose help is asked for all that its function says; the list of commands has one line of it."""
    if words[:1] and words[0] in COMMANDS and any(word in words for word in app.help_flags):
        command = app[words[0]]
        said = inspect.getdoc(command.default_command) or ""
        if said:
            command.help, command.help_format = said.split("\nArgs:")[0].strip(), "markdown"  # lines are joined


def _is_ours_to_mend(error: BaseException) -> bool:
    """Whether an error is a fault of the program, whose place must be seen."""
    foreign = isinstance(error, RuntimeError) and not isinstance(error, CarrouselError)
    return foreign and not str(error).startswith(NO_MEMORY)


def _told(error: BaseException, app: App, words: Sequence[str]) -> int:
    """Say what went wrong; the exit code for it."""
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    if isinstance(error, BrokenPipeError):  # whoever read our output has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    if isinstance(error, CycloptsError):
        flags = () if isinstance(error, UnknownCommandError) else flags_of(app, words)
        sentence = wrong_call(error, commands=COMMANDS, flags=flags)
    elif isinstance(error, CarrouselError):
        sentence = with_flags(str(error), flags_of(app, words))
    else:
        sentence = _of_the_system(error)
    print(f"carrousel: {sentence}", file=sys.stderr)
    return 2 if isinstance(error, CycloptsError | SettingsError) else 1


def _of_the_system(error: BaseException) -> str:
    """What the operating system refused."""
    if isinstance(error, OSError):
        places = " to ".join(str(name) for name in (error.filename, error.filename2) if name is not None)
        return f"{places}: {error.strerror}" if places and error.strerror else str(error)
    first = (str(error).removeprefix(NO_MEMORY).strip(": ") or "no more is to be had").splitlines()[0].rstrip(".")
    return f"this machine has not enough memory for that: {first[:1].lower()}{first[1:]}; take a smaller size or batch"


def _version() -> str:
    try:
        return version("carrousel")
    except PackageNotFoundError:
        return "not installed"

"""What a command is doing, on a terminal: the stage under way, and how long each took."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from carrousel.ngram.stages import silent


@contextmanager
def stages() -> Iterator[Callable[[str], None]]:
    """While this lasts, the function that is given tells the stage; silent where the standard error is no terminal."""
    if not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console  # noqa: PLC0415 - a pipe needs none, and a first word is waited for

    console = Console(stderr=True)
    begun: list[tuple[float, str]] = []

    def close() -> None:
        if begun:
            started, stage = begun.pop()
            console.print(f"{stage}: {time.monotonic() - started:,.1f} s", markup=False, highlight=False)

    with console.status("") as status:

        def report(stage: str) -> None:
            close()
            begun.append((time.monotonic(), stage))
            status.update(stage)

        yield report
        close()

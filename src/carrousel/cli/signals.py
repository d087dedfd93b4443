"""A wish to stop: Ctrl-C, SIGTERM or SIGUSR1 let the work come to a good end; a second Ctrl-C ends it at once."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

SIGNALS: Final = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGUSR1") if hasattr(signal, name))
STOPPED: Final = 75
"""Exit code of work that was asked to stop and can be resumed: what schedulers take for «run it again»."""


@contextmanager
def wish_to_stop(sentence: str) -> Iterator[Callable[[], bool]]:
    """While this lasts, the function that is given says whether one of the signals came; the first one is answered."""
    asked: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the system's signature
        if asked and number == signal.SIGINT:
            raise KeyboardInterrupt
        if not asked:
            print(f"\n{sentence}", file=sys.stderr, flush=True)
        asked.append(number)

    before = {number: signal.signal(number, note) for number in SIGNALS}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

"""Questions whose answer a network is to write, character by character: programs, sums, and digits to be copied.

Training, validation and test never share a question: a sum of its characters says which of them it belongs to.
"""

import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

from carrousel.errors import SettingsError
from carrousel.text.tasks.checks import check_least, check_one_of
from carrousel.text.tasks.interpreter import run_program
from carrousel.text.tasks.programs import NAMES, draw_program, longest_program

PARTS: Final = ("train", "valid", "test")


class Hardness(NamedTuple):
    """How hard a question is."""

    length: int
    """Digits of its numbers."""
    nesting: int = 1
    """Operations of a program; 1 for the other kinds."""


class Question(NamedTuple):
    """A question and its answer."""

    text: str
    answer: str


class Kind(NamedTuple):
    """What is asked."""

    draw: Callable[[Iterator[float], Hardness], str]
    """A question of that hardness, from numbers between 0 and 1."""
    answer: Callable[[str], str]
    """What it asks for."""
    longest: Callable[[Hardness], tuple[int, int]]
    """Characters of question and answer, at most."""
    nestings: int
    """The largest nesting that there is."""


def part_of(text: str) -> str:
    """What a question is kept for: each of the three gets about a third of all."""
    return PARTS[zlib.crc32(text.encode()) % len(PARTS)]


def questions(kind: str, drawn: Iterator[float], hardness: Callable[[], Hardness], *, part: str) -> Iterator[Question]:
    """Questions of one part without end; `hardness` says before each draw how hard it is to be."""
    how = KINDS[kind]
    while True:
        text = how.draw(drawn, hardness())
        if part_of(text) == part:
            yield Question(text, how.answer(text))


def check_hardness(kind: str, hardness: Hardness) -> None:
    """Refuse what no question can have; SettingsError."""
    check_one_of(tuple(KINDS), kind=kind)
    check_least(1, length=hardness.length, nesting=hardness.nesting)
    if hardness.nesting > (most := KINDS[kind].nestings):
        raise SettingsError(f"nesting is at most {most} for {kind}, got {hardness.nesting}")


def _number(drawn: Iterator[float], digits: int) -> str:
    """A number of exactly so many digits; it may be 0 where there is one."""
    least = 10 ** (digits - 1) if digits > 1 else 0
    return str(least + int(next(drawn) * (10**digits - least)))


def _program(drawn: Iterator[float], hardness: Hardness) -> str:
    return draw_program(drawn, length=hardness.length, nesting=hardness.nesting)


def _addition(drawn: Iterator[float], hardness: Hardness) -> str:
    """Two numbers of the same length are to be added."""
    return f"print({_number(drawn, hardness.length)}+{_number(drawn, hardness.length)})"


def _columns(drawn: Iterator[float], hardness: Hardness) -> str:
    """The same as on paper: the digits in columns, the ones first, the first number's digit above the second's."""
    first, second = (_number(drawn, hardness.length) for _ in range(2))
    return "".join(a + b for a, b in zip(reversed(first), reversed(second), strict=True))


def _sum_of_columns(text: str) -> str:
    return str(int(text[-2::-2]) + int(text[::-2]))


def _digits(drawn: Iterator[float], hardness: Hardness) -> str:
    return "".join(str(int(next(drawn) * 10)) for _ in range(hardness.length))


def _printed(text: str) -> str:
    return str(run_program(text))


def _same(text: str) -> str:
    return text


KINDS: Final[Mapping[str, Kind]] = {
    "programs": Kind(
        _program, _printed, lambda h: longest_program(length=h.length, nesting=h.nesting), nestings=len(NAMES)
    ),
    "additions": Kind(_addition, _printed, lambda h: (len("print(+)") + 2 * h.length, h.length + 1), nestings=1),
    "columns": Kind(_columns, _sum_of_columns, lambda h: (2 * h.length, h.length + 1), nestings=1),
    "copies": Kind(_digits, _same, lambda h: (h.length, h.length), nestings=1),
}

"""Short programs to be run by a network: Learning to Execute (Zaremba & Sutskever 2014).

A program is grown from one number: `nesting` times one of six operations, each as likely as the others, takes what was
made so far for one of its operands and draws the others from 1 to 10 ** `length`. Where it stands among them is drawn
too. A sum or difference, a product with a small number, a conditional or nothing at all are written into the
expression; a variable or a loop gets lines before it. The last line prints.
"""

from collections.abc import Callable, Iterator
from itertools import repeat
from typing import Final

NAMES: Final = "abcdefghij"
"""Names of variables; each is set once in a program, in an order that is drawn."""
INDEX: Final = "x"
"""The name that counts the rounds of a loop."""
LINE_END: Final = "#"
ROUNDS: Final = 4
"""A loop makes at most so many rounds, and a product has at most so large a factor, for each unit of length."""


def draw_program(drawn: Iterator[float], *, length: int, nesting: int) -> str:
    """One program; its lines are parted by `#`.

    Args:
        drawn: numbers from 0 up to 1 without end, from which everything is chosen.
        length: the most digits of a number, but for 10 ** length itself.
        nesting: the number of operations, at most as many as there are names.
    """
    writer = _Writer(drawn, length)
    made = writer.number()
    for _ in range(nesting):
        made = OPERATIONS[writer.below(len(OPERATIONS))](writer, made)
    return LINE_END.join((*writer.lines, f"print({made})"))


def longest_program(*, length: int, nesting: int) -> tuple[int, int]:
    """Characters that a program, and what it prints, have at most."""
    most, factor = 10**length, ROUNDS * length
    value, added = most, 0
    for operation in OPERATIONS:
        writer = _Writer(repeat(1 - 2.0**-53), length)
        made = operation(writer, "")
        added = max(added, len(made) + sum(len(line + LINE_END) for line in writer.lines))
    for _ in range(nesting):
        value = value * factor + most
    return len(f"print({most})") + nesting * added, len(str(-value))


class _Writer:
    """The lines of a program, and what is drawn for it."""

    def __init__(self, drawn: Iterator[float], length: int) -> None:
        self.lines: list[str] = []
        self._drawn, self._most, self._small = drawn, 10**length, ROUNDS * length
        self._names = list(NAMES)

    def below(self, count: int) -> int:
        """A whole number from 0, below `count`."""
        return int(next(self._drawn) * count)

    def number(self) -> str:
        """An operand."""
        return str(1 + self.below(self._most))

    def small(self) -> str:
        """A factor, or a number of rounds."""
        return str(1 + self.below(self._small))

    def name(self) -> str:
        """A variable that is not in use."""
        return self._names.pop(self.below(len(self._names)))

    def mixed(self, *operands: str) -> list[str]:
        """The operands in an order that is drawn."""
        rest = list(operands)
        return [rest.pop(self.below(len(rest))) for _ in operands]


def _pair(writer: _Writer, made: str) -> str:
    one, other = writer.mixed(made, writer.number())
    return f"({one}{'+-'[writer.below(2)]}{other})"


def _product(writer: _Writer, made: str) -> str:
    one, other = writer.mixed(made, writer.small())
    return f"({one}*{other})"


def _nothing(writer: _Writer, made: str) -> str:  # noqa: ARG001 - one of six operations
    return made


def _variable(writer: _Writer, made: str) -> str:
    name, (value, other) = writer.name(), writer.mixed(made, writer.number())
    writer.lines.append(f"{name}={value}")
    return f"({name}{'+-'[writer.below(2)]}{other})"


def _loop(writer: _Writer, made: str) -> str:
    name, (value, change) = writer.name(), writer.mixed(made, writer.number())
    sign = "+-"[writer.below(2)]
    writer.lines.append(f"{name}={value}")
    writer.lines.append(f"for {INDEX} in range({writer.small()}):{name}{sign}={change}")
    return name


def _conditional(writer: _Writer, made: str) -> str:
    left, right, one, other = writer.mixed(made, *(writer.number() for _ in range(3)))
    return f"({one} if {left}{'<>'[writer.below(2)]}{right} else {other})"


OPERATIONS: Final[tuple[Callable[[_Writer, str], str], ...]] = (
    _pair,
    _product,
    _nothing,
    _variable,
    _loop,
    _conditional,
)

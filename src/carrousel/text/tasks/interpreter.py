"""The small language of Learning to Execute: programs of whole numbers, run by an interpreter of our own.

A statement ends at the end of a line, at `#` or at `;`. The body of a loop is the one assignment behind its colon, and
only that: what follows the next end is outside of the loop. A program prints once, at its end:

    statement  = assignment | "print" "(" value ")" | "for" name "in" "range" "(" value ")" ":" assignment
    assignment = name ("=" | "+=" | "-=") value
    value      = sum ["if" sum ("<" | ">") sum "else" value]
    sum        = product (("+" | "-") product)*
    product    = factor ("*" factor)*
    factor     = number | name | "-" factor | "(" value ")"

Written with ends of lines, it is Python, and what Python prints is what `run_program` gives.
"""

import operator
import re
from collections.abc import Callable, Mapping
from typing import Final, NoReturn

from carrousel.errors import TextError

SYMBOL: Final = re.compile(r"[ \t]*([0-9]+|[A-Za-z_]\w*|[+-]=|[=+\-*()<>:]|[\n#;]|$)", re.ASCII)
ENDS: Final = ("\n", "#", ";")
WORDS: Final = ("for", "in", "range", "if", "else", "print")
ROUNDS: Final = 100_000
"""Rounds that a loop makes at most."""
DIGITS: Final = 1000
"""Digits that a number has at most."""
OPERATIONS: Final[Mapping[str, Callable[[int, int], int]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "+=": operator.add,
    "-=": operator.sub,
    "<": operator.lt,
    ">": operator.gt,
}


def run_program(text: str) -> int:
    """What a program prints.

    Raises:
        TextError: it is not of the language, reads a name that it has not set, loops too often, makes a number that is
            too long, or does not print once and last.
    """
    try:
        return _Run(text).printed()
    except RecursionError as error:
        raise TextError("the program has too many brackets within brackets; give one with fewer") from error


class _Run:
    """A program that is read from left to right once; a body is read again for each round of its loop."""

    def __init__(self, text: str) -> None:
        self._text, self._symbols, self._places = text, [], []
        at = 0
        while at < len(text):
            found = SYMBOL.match(text, at)
            if found is None:
                raise TextError(f"the language has no {text[at]!r}, which stands at place {at} of {text!r}")
            self._symbols.append(found[1])
            self._places.append(found.start(1))
            at = found.end()
        self._symbols += ["", ""]
        self._places += [len(text), len(text)]
        self._at = 0
        self._values: dict[str, int] = {}

    def printed(self) -> int:
        """Run every statement."""
        said: int | None = None
        while True:
            while self._symbols[self._at] in ENDS:
                self._at += 1
            if not self._symbols[self._at]:
                break
            if said is not None:
                self._refuse("nothing more after print")
            said = self._statement()
            if self._symbols[self._at] not in ("", *ENDS):
                self._refuse("the end of the statement")
        if said is None:
            self._refuse("print, which ends a program")
        return said

    def _statement(self) -> int | None:
        """Run one; the number where it prints."""
        symbol = self._symbols[self._at]
        if symbol == "print":
            self._at += 1
            self._take("(")
            said = self._value()
            self._take(")")
            return said
        if symbol == "for":
            self._loop()
        else:
            self._assign()
        return None

    def _loop(self) -> None:
        self._at += 1
        name = self._name()
        for symbol in ("in", "range", "("):
            self._take(symbol)
        rounds = self._value()
        if rounds > ROUNDS:
            raise TextError(f"a loop makes at most {ROUNDS:,} rounds, and {self._text!r} asks for {rounds:,}")
        self._take(")")
        self._take(":")
        body = self._at
        if rounds < 1:
            while self._symbols[self._at] not in ("", *ENDS):
                self._at += 1
        for index in range(rounds):
            self._values[name] = index
            self._at = body
            self._assign()

    def _assign(self) -> None:
        name, symbol = self._name(), self._symbols[self._at]
        if symbol not in ("=", "+=", "-="):
            self._refuse("=, += or -=")
        old = 0 if symbol == "=" else self._read(name)
        self._at += 1
        value = self._value()
        made = value if symbol == "=" else OPERATIONS[symbol](old, value)
        if abs(made) >= 10**DIGITS:
            self._too_long()
        self._values[name] = made

    def _value(self) -> int:
        value = self._sum()
        if self._symbols[self._at] != "if":
            return value
        self._at += 1
        left, sign = self._sum(), self._symbols[self._at]
        if sign not in ("<", ">"):
            self._refuse("< or >")
        self._at += 1
        right = self._sum()
        self._take("else")
        other = self._value()
        return value if OPERATIONS[sign](left, right) else other

    def _sum(self) -> int:
        value = self._product()
        while (sign := self._symbols[self._at]) in ("+", "-"):
            self._at += 1
            value = OPERATIONS[sign](value, self._product())
        return value

    def _product(self) -> int:
        value = self._factor()
        while self._symbols[self._at] == "*":
            self._at += 1
            value *= self._factor()
        return value

    def _factor(self) -> int:
        symbol = self._symbols[self._at]
        if symbol.isdigit():
            if len(symbol) > DIGITS:
                self._too_long()
            self._at += 1
            return int(symbol)
        if symbol == "-":
            self._at += 1
            return -self._factor()
        if symbol == "(":
            self._at += 1
            value = self._value()
            self._take(")")
            return value
        return self._read(self._name())

    def _name(self) -> str:
        symbol = self._symbols[self._at]
        if not symbol.isidentifier() or symbol in WORDS:
            self._refuse("a name")
        self._at += 1
        return symbol

    def _read(self, name: str) -> int:
        if name not in self._values:
            raise TextError(f"{name} is read before it is set in {self._text!r}")
        return self._values[name]

    def _take(self, symbol: str) -> None:
        if self._symbols[self._at] != symbol:
            self._refuse(symbol)
        self._at += 1

    def _too_long(self) -> NoReturn:
        raise TextError(f"numbers have at most {DIGITS:,} digits, and {self._text[:60]!r} makes a longer one")

    def _refuse(self, wanted: str) -> NoReturn:
        symbol, place = self._symbols[self._at], self._places[self._at]
        came = "the end" if not symbol else repr(symbol)
        raise TextError(f"{self._text!r} wants {wanted} at place {place}, and {came} stands there")

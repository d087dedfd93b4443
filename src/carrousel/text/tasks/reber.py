"""Embedded Reber strings: experiment 1 of Hochreiter & Schmidhuber 1997.

An inner string is a walk through the graph `INNER`, each branch with probability 1/2. An embedded string is B, then T
or P with probability 1/2, an inner string, the same T or P again, E: what stands second is wanted at the last place but
one.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Bool, Int32

from carrousel.errors import TextError

SYMBOLS = "BTPSXVE"

INNER: tuple[Mapping[str, int], ...] = (
    {"B": 1},
    {"T": 2, "P": 3},
    {"S": 2, "X": 4},
    {"T": 3, "V": 5},
    {"X": 3, "S": 6},
    {"P": 4, "V": 6},
    {"E": 7},
    {},
)
"""By state: each legal symbol and the state behind it. An inner string leads from state 0 to state 7."""

EMBEDDED: Mapping[str, Mapping[str, str]] = {
    "begin": {"B": "outer"},
    "outer": {"T": "T0", "P": "P0"},
    **{
        f"{outer}{state}": {symbol: f"{outer}{following}" for symbol, following in moves.items()} or {outer: "last"}
        for outer in "TP"
        for state, moves in enumerate(INNER)
    },
    "last": {"E": "end"},
    "end": {},
}
"""The same of embedded strings: the inner graph twice, so that the state remembers the outer symbol."""


def reber_string(generator: np.random.Generator) -> str:
    """An inner string: 5 symbols or more, 8 on average; its entropy is 6 bits."""
    return embedded_reber_string(generator)[2:-2]


def embedded_reber_string(generator: np.random.Generator) -> str:
    """An embedded string: 9 symbols or more, 12 on average; its entropy is 7 bits."""
    state, string = "begin", ""
    while moves := EMBEDDED[state]:
        symbol = list(moves)[generator.integers(len(moves))]
        state, string = moves[symbol], string + symbol
    return string


def embedded_reber_sets(
    generator: np.random.Generator, *, training: int = 256, test: int = 256
) -> tuple[list[str], list[str]]:
    """Training strings, drawn at random, and test strings, drawn until none of them is a training string."""
    known = [embedded_reber_string(generator) for _ in range(training)]
    others: list[str] = []
    while len(others) < test:
        string = embedded_reber_string(generator)
        if string not in known:
            others.append(string)
    return known, others


def legal_next(string: str) -> Bool[np.ndarray, "time 7"]:
    """For each place of an embedded string: which symbols may come next, in the order of SYMBOLS; none behind the end.

    The beginning of a string will do. Raises TextError at the first symbol that is not legal.
    """
    state = "begin"
    table = np.zeros((len(string), len(SYMBOLS)), bool)
    for place, symbol in enumerate(string):
        if symbol not in EMBEDDED[state]:
            wanted = " or ".join(EMBEDDED[state]) or "nothing more"
            raise TextError(f"{string!r} is no embedded Reber string: place {place} wants {wanted}, got {symbol!r}")
        state = EMBEDDED[state][symbol]
        table[place, [SYMBOLS.index(follower) for follower in EMBEDDED[state]]] = True
    return table


def numbers(strings: Sequence[str]) -> tuple[Int32[np.ndarray, "time batch"], Int32[np.ndarray, " batch"]]:
    """Strings as places in SYMBOLS, time first, and their lengths; what is behind a string's end is 0."""
    lengths = np.array([len(string) for string in strings], np.int32)
    table = np.zeros((lengths.max(initial=0), len(strings)), np.int32)
    for index, string in enumerate(strings):
        table[: len(string), index] = [SYMBOLS.index(symbol) for symbol in string]
    return table, lengths

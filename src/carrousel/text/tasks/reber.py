"""Embedded Reber strings: experiment 1 of Hochreiter & Schmidhuber 1997.

An inner string is a walk through the graph `INNER`, each branch with probability 1/2. An embedded string is B, then T or
P with probability 1/2, an inner string, the same T or P again, E: what stands second is wanted at the last place but one.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Int32

from carrousel.errors import TextError

SYMBOLS = "BTPSXVE"

INNER = (
    {"B": 1},
    {"T": 2, "P": 3},
    {"S": 2, "X": 4},
    {"T": 3, "V": 5},
    {"X": 3, "S": 6},
    {"P": 4, "V": 6},
    {"E": 7},
    {},
)
"""By state: each legal symbol and the state behind it. A string begins in state 0 and ends in state 7."""


def reber_string(generator: np.random.Generator) -> str:
    """An inner string: 5 symbols or more, 8 on average."""
    state, string = 0, ""
    while INNER[state]:
        legal = list(INNER[state])
        string += legal[generator.integers(len(legal))]
        state = INNER[state][string[-1]]
    return string


def embedded_reber_string(generator: np.random.Generator) -> str:
    """An embedded string: 9 symbols or more, 12 on average; its entropy is 7 bits."""
    outer = "TP"[generator.integers(2)]
    return f"B{outer}{reber_string(generator)}{outer}E"


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
    state: tuple[str, int] = ("", -2)
    legal: dict[str, tuple[str, int]] = {"B": ("", -1)}
    table = np.zeros((len(string), len(SYMBOLS)), bool)
    for place, symbol in enumerate(string):
        if symbol not in legal:
            wanted = " or ".join(legal) or "the end"
            raise TextError(f"{string!r} is no embedded Reber string: place {place} wants {wanted}, got {symbol!r}")
        state = legal[symbol]
        legal = _moves(*state)
        table[place, [SYMBOLS.index(follower) for follower in legal]] = True
    return table


def numbers(strings: Sequence[str]) -> tuple[Int32[np.ndarray, "time batch"], Int32[np.ndarray, " batch"]]:
    """Strings as places in SYMBOLS, time first, and their lengths; what is behind a string's end is 0."""
    lengths = np.array([len(string) for string in strings], np.int32)
    table = np.zeros((lengths.max(initial=0), len(strings)), np.int32)
    for index, string in enumerate(strings):
        table[: len(string), index] = [SYMBOLS.index(symbol) for symbol in string]
    return table, lengths


def _moves(outer: str, state: int) -> dict[str, tuple[str, int]]:
    """The legal symbols behind a state of the embedded string: -1 the choice of the outer symbol, 0 to 7 inside, 8, 9."""
    if state == -1:
        return {choice: (choice, 0) for choice in "TP"}
    if state == 7:
        return {outer: (outer, 8)}
    if state == 8:
        return {"E": (outer, 9)}
    if state == 9:
        return {}
    return {symbol: (outer, following) for symbol, following in INNER[state].items()}

"""Embedded Reber strings as a task, one at a time or end to end (Gers, Schmidhuber & Cummins 2000)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Final, Literal

import numpy as np
from jaxtyping import Bool, Float32, Int32

from carrousel.text.tasks.asking import next_symbols, steps_before
from carrousel.text.tasks.checks import check_least, check_one_of
from carrousel.text.tasks.reber import EMBEDDED, SYMBOLS, numbers
from carrousel.text.tasks.sequences import Sequences

STATES: Final = tuple(EMBEDDED)
BEGIN, END = STATES.index("begin"), STATES.index("end")


@cache
def _graph() -> tuple[Int32[np.ndarray, "states 7"], Bool[np.ndarray, "states 7"]]:
    """The state behind each symbol, and which symbols are legal; behind a string's end stands the next one's begin."""
    behind, legal = np.zeros((len(STATES), len(SYMBOLS)), np.int32), np.zeros((len(STATES), len(SYMBOLS)), bool)
    moves: Mapping[str, str]
    for number, state in enumerate(STATES):
        moves = EMBEDDED[state] or EMBEDDED["begin"]
        for symbol, after in moves.items():
            behind[number, SYMBOLS.index(symbol)] = STATES.index(after)
            legal[number, SYMBOLS.index(symbol)] = True
    return behind, legal


def walk_reber(
    generator: np.random.Generator, *, count: int, steps: int
) -> tuple[Int32[np.ndarray, "time count"], Int32[np.ndarray, "time count"]]:
    """`count` streams of embedded strings end to end: `steps` symbols each, and the state behind each symbol."""
    behind, legal = _graph()
    choices = np.array([[np.flatnonzero(row)[0], np.flatnonzero(row)[-1]] for row in legal], np.int32)
    coins = generator.integers(2, size=(steps, count), dtype=np.int32)
    state = np.full(count, BEGIN, np.int32)
    tokens, states = np.zeros((steps, count), np.int32), np.zeros((steps, count), np.int32)
    for step in range(steps):
        tokens[step] = choices[state, coins[step]]
        state = states[step] = behind[state, tokens[step]]
    return tokens, states


def reber_states(tokens: Int32[np.ndarray, "time count"]) -> Int32[np.ndarray, "time count"]:
    """The state of the grammar behind each symbol of legal streams, as a place in STATES."""
    behind, _ = _graph()
    state, states = np.full(tokens.shape[1], BEGIN, np.int32), np.zeros_like(tokens)
    for step, symbols in enumerate(tokens):
        state = states[step] = behind[state, symbols]
    return states


def legal_after(states: Int32[np.ndarray, "*shape"]) -> Bool[np.ndarray, "*shape 7"]:
    """Which symbols may come behind each state."""
    return _graph()[1][states]


def asks_outer(states: Int32[np.ndarray, "*shape"]) -> Bool[np.ndarray, "*shape"]:
    """Behind which states the symbol is due that stood second in the string: what has to be kept over the string."""
    return np.isin(states, [STATES.index("T7"), STATES.index("P7")])


@dataclass(frozen=True, kw_only=True)
class EmbeddedReber:
    """One embedded string; at every step the next symbol is to be predicted."""

    strings: tuple[str, ...] = ()
    """The strings to draw from, each as likely; empty draws new ones."""
    longest: int = 40
    """Symbols of the longest new string: a longer one, 1 in 17,600 at 40, is drawn again."""
    target: Literal["next", "legal"] = "next"
    """The class of the symbol that came, or 1 for every symbol that may come and 0 for the others."""

    def __post_init__(self) -> None:
        check_least(9, longest=self.longest)
        check_one_of(("next", "legal"), target=self.target)

    @property
    def inputs(self) -> int:
        """The symbols."""
        return len(SYMBOLS)

    @property
    def outputs(self) -> int:
        """The symbols."""
        return len(SYMBOLS)

    def draw(self, generator: np.random.Generator, count: int) -> Sequences:
        """Strings without their last symbol, which is a target only."""
        if self.strings:
            table, sizes = numbers(self.strings)
            places = generator.integers(len(self.strings), size=count)
            tokens, lengths = table[:, places], sizes[places]
        else:
            tokens, lengths = self._new(generator, count)
            while (long := np.flatnonzero(lengths > self.longest)).size:
                tokens[:, long], lengths[long] = self._new(generator, long.size)
        drawn = next_symbols(tokens, lengths)
        if self.target == "next":
            return drawn
        legal = legal_after(reber_states(tokens[:-1])) & (drawn.weights > 0)[..., None]
        return replace(drawn, targets=legal.astype(np.float32))

    def _new(self, generator: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
        tokens, states = walk_reber(generator, count=count, steps=self.longest)
        ended = states == END
        return tokens, np.where(ended.any(0), ended.argmax(0) + 1, self.longest + 1).astype(np.int32)


@dataclass(frozen=True, kw_only=True)
class ContinualReber:
    """Embedded strings end to end, and nothing tells where one ends: at every step the next symbol is due."""

    length: int = 300
    """Steps of a stream."""
    ends: Literal["anywhere", "whole"] = "anywhere"
    """Where a stream ends: after its last step, or with the last string that ends by then and is followed by a new
    one, so that another stream can go on from there."""
    target: Literal["next", "legal"] = "next"
    """The class of the symbol that came, or 1 for every symbol that may come and 0 for the others."""

    def __post_init__(self) -> None:
        check_least(1, length=self.length)
        check_one_of(("next", "legal"), target=self.target)
        check_one_of(("anywhere", "whole"), ends=self.ends)
        if self.ends == "whole":
            check_least(50, length=self.length)

    @property
    def inputs(self) -> int:
        """The symbols."""
        return len(SYMBOLS)

    @property
    def outputs(self) -> int:
        """The symbols."""
        return len(SYMBOLS)

    def draw(self, generator: np.random.Generator, count: int) -> Sequences:
        """Streams from the beginning of a string."""
        tokens, states = walk_reber(generator, count=count, steps=self.length + 1)
        lengths = np.full(count, self.length, np.int32)
        if self.ends == "whole":
            ended = states[:-1] == END
            while (none := np.flatnonzero(~ended.any(0))).size:
                tokens[:, none], states[:, none] = walk_reber(generator, count=none.size, steps=self.length + 1)
                ended = states[:-1] == END
            lengths = (self.length - ended[::-1].argmax(0)).astype(np.int32)
        inside = steps_before(lengths, time=self.length)
        targets: Int32[np.ndarray, "time count"] | Float32[np.ndarray, "time count 7"] = tokens[1:] * inside
        if self.target == "legal":
            targets = (legal_after(states[:-1]) & inside[..., None]).astype(np.float32)
        return Sequences(
            inputs=tokens[:-1] * inside, targets=targets, weights=inside.astype(np.float32), lengths=lengths
        )

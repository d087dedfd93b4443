"""Learning to Execute as a task: rows of questions, asked as hard as it is wanted (Zaremba & Sutskever 2014)."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

import numpy as np

from carrousel.errors import SettingsError
from carrousel.text.tasks.checks import check_one_of
from carrousel.text.tasks.questions import KINDS, PARTS, Hardness, Question, check_hardness, questions
from carrousel.text.tasks.rows import ALPHABET, ANSWERS, rows
from carrousel.text.tasks.sequences import Sequences
from carrousel.text.uniform import uniform

EASIEST: Final = Hardness(1, 1)
HARDEST: Final = Hardness(3, 2)


@dataclass(frozen=True, kw_only=True)
class Execution:
    """Read a program, and write what it prints; or a sum; or digits, and write them again."""

    kind: str = "programs"
    """What is asked: `programs`; `additions`, or `columns`, the same with the digits below each other; `copies`."""
    hardest: Hardness = HARDEST
    """What is to be learned in the end; rows are so long that its longest question fits."""
    easiest: Hardness = EASIEST
    """What a curriculum begins with."""
    current: Hardness | None = None
    """How hard questions are, from the easiest to the hardest; by default that."""
    mixed: float = 0.0
    """Share of the questions whose length and nesting are drawn each from the easiest to the hardest instead."""
    reverse: bool = False
    """Whether questions are read from their end."""
    backwards: bool = False
    """Whether answers are written from their end, the digit of the ones first."""
    double: bool = False
    """Whether questions are read twice, with a semicolon between."""
    part: str = "train"
    """Which questions: those for training, for validation or for the test."""
    row: int | None = None
    """Steps of a row; by default as many as the longest question and answer take."""

    def __post_init__(self) -> None:
        check_hardness(self.kind, self.hardest)
        current = self.asked
        check_hardness(self.kind, current)
        check_hardness(self.kind, self.easiest)
        if not all(least <= now <= most for least, now, most in zip(self.easiest, current, self.hardest, strict=True)):
            least, most = tuple(self.easiest), tuple(self.hardest)
            raise SettingsError(f"questions are as hard as {least} or harder, and at most {most}; got {tuple(current)}")
        if not 0 <= self.mixed <= 1:
            raise SettingsError(f"mixed is a share from 0 to 1, got {self.mixed}")
        check_one_of(PARTS, part=self.part)
        if self.steps < self.longest:
            raise SettingsError(f"the longest question takes {self.longest} steps, so a row of {self.row} is too short")

    @property
    def inputs(self) -> int:
        """Symbols that are read."""
        return len(ALPHABET)

    @property
    def outputs(self) -> int:
        """Symbols that an answer is written with."""
        return len(ANSWERS)

    @property
    def asked(self) -> Hardness:
        """How hard questions are that are not mixed."""
        return self.hardest if self.current is None else self.current

    @property
    def longest(self) -> int:
        """Steps that the longest of the hardest questions takes with its answer."""
        question, answer = KINDS[self.kind].longest(self.hardest)
        return question * (1 + self.double) + self.double + 1 + answer

    @property
    def longest_answer(self) -> int:
        """Characters of the longest answer, its full stop among them."""
        return KINDS[self.kind].longest(self.hardest)[1] + 1

    @property
    def steps(self) -> int:
        """Steps of a row."""
        return self.longest if self.row is None else self.row

    def draw(self, generator: np.random.Generator, count: int) -> Sequences:
        """`count` rows."""
        return rows(self._questions(generator), count=count, length=self.steps)

    def ask(self, generator: np.random.Generator, count: int) -> list[Question]:
        """`count` questions, as they are read, and their answers."""
        return list(islice(self._questions(generator), count))

    def _questions(self, generator: np.random.Generator) -> Iterator[Question]:
        drawn, current, bounds = uniform(generator), self.asked, tuple(zip(self.easiest, self.hardest, strict=True))

        def hardness() -> Hardness:
            if self.mixed and next(drawn) < self.mixed:
                return Hardness(*(least + int(next(drawn) * (most + 1 - least)) for least, most in bounds))
            return current

        for text, answer in questions(self.kind, drawn, hardness, part=self.part):
            read = text[::-1] if self.reverse else text
            yield Question(f"{read};{read}" if self.double else read, answer[::-1] if self.backwards else answer)

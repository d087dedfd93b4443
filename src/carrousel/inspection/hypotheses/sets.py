"""Ready-made sets: lines that we generate, with a label on every character, and minimal pairs.

The words are those of `builtin:agreement`, common English ones; a model that was trained on other text may not know
them, and what it does not know is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Int

from carrousel.errors import SettingsError, near
from carrousel.text import Tokenizer
from carrousel.text.agreement import NOUNS, POSSESSIVE, REFLEXIVE, WORDS

NONE: Final = -1
"""The label of a character that the property says nothing of."""


@dataclass(frozen=True)
class Labelled:
    """A line and the property at each of its characters."""

    text: str
    labels: tuple[int, ...]


@dataclass(frozen=True)
class Pair:
    """What came before, the word that agrees and the one that does not."""

    before: str
    right: str
    wrong: str


@dataclass(frozen=True, kw_only=True)
class ProbeSet:
    """A property, lines that show it, and where it applies pairs that depend on it."""

    name: str
    about: str
    """What the labels mean."""
    lines: Callable[[np.random.Generator], Labelled]
    """Draws a line."""
    pairs: Callable[[np.random.Generator], Pair] | None = None
    """Draws a minimal pair, whose answer depends on the property."""

    def draw(self, count: int, *, seed: int) -> list[Labelled]:
        """So many lines, the same for the same seed."""
        random = np.random.default_rng(seed)
        return [self.lines(random) for _ in range(count)]

    def draw_pairs(self, count: int, *, seed: int) -> list[Pair]:
        """So many different minimal pairs, or as many as are found, the same for the same seed.

        Raises:
            SettingsError: the property has none.
        """
        if self.pairs is None:
            with_pairs = ", ".join(s.name for s in SETS.values() if s.pairs is not None)
            raise SettingsError(f"the set {self.name} has no minimal pairs; {with_pairs} have")
        random = np.random.default_rng(seed)
        found: dict[Pair, None] = {}
        for _ in range(20 * count):
            found.setdefault(self.pairs(random))
            if len(found) == count:
                break
        return list(found)


def find_set(name: str) -> ProbeSet:
    """A set by its name.

    Raises:
        SettingsError: there is none of this name; names the near ones.
    """
    if name not in SETS:
        raise SettingsError(f"there is no set {name!r}{near(name, SETS)}")
    return SETS[name]


def tokens_with_labels(
    tokenizer: Tokenizer, lines: list[Labelled]
) -> tuple[Int[np.ndarray, " tokens"], Int[np.ndarray, " tokens"], Int[np.ndarray, " tokens"]]:
    """The tokens of lines, the label of each, and which line it is of.

    A token has the label of its last character; the end of a line has none.
    """
    ids: list[int] = []
    labels: list[int] = []
    owners: list[int] = []
    for number, line in enumerate(lines):
        own = tokenizer.encode(line.text).tolist()
        ids += own
        labels += [line.labels[end - 1] if end else NONE for end in _ends(tokenizer, own, line.text)]
        owners += [number] * len(own)
        if tokenizer.end is not None:
            ids.append(tokenizer.end)
            labels.append(NONE)
            owners.append(number)
    return np.array(ids, np.int32), np.array(labels, np.int64), np.array(owners, np.int64)


def _ends(tokenizer: Tokenizer, ids: list[int], text: str) -> Iterator[int]:
    """Where in the text each token ends; what the vocabulary lacks ends with its word, or is one character."""
    place = 0
    for index, piece in zip(ids, tokenizer.spell(ids), strict=False):
        if index == tokenizer.unknown or not text.startswith(piece, place):
            rest = text[place:]
            place += len(rest) - len(rest.lstrip())
            place += len(text[place:].split(" ", 1)[0]) if tokenizer.kind == "word" else 1
        else:
            place += len(piece)
        yield min(place, len(text))


Marked = tuple[str, int]
"""A word and its label."""


def _line(words: list[Marked]) -> Labelled:
    """Words with spaces between them; a space has the label of the word after it."""
    text, labels = "", list[int]()
    for word, label in words:
        piece = word if not text else f" {word}"
        text += piece
        labels += [label] * len(piece)
    return Labelled(text, tuple(labels))


def _pick(random: np.random.Generator, words: str) -> str:
    return str(random.choice(words.split()))


def _noun(random: np.random.Generator, many: int) -> str:
    kinds = ("plural",) if many else ("feminine", "masculine", "neuter")
    return _pick(random, NOUNS[str(random.choice(kinds))])


def _number_line(random: np.random.Generator) -> Labelled:
    many, other = (int(v) for v in random.integers(0, 2, 2))
    words = [("the", NONE), (_noun(random, many), many)]
    if random.random() < 0.7:
        words += [(_pick(random, WORDS["preposition"]), many), ("the", many), (_noun(random, other), many)]
    form = "many" if many else "one"
    return _line([*words, (_pick(random, WORDS[f"rests-{form}"]), NONE), (".", NONE)])


def _number_pair(random: np.random.Generator) -> Pair:
    many, other = (int(v) for v in random.integers(0, 2, 2))
    before = f"the {_noun(random, many)} {_pick(random, WORDS['preposition'])} the {_noun(random, other)}"
    one, more = (WORDS[f"rests-{form}"].split() for form in ("one", "many"))
    verb = int(random.integers(len(one)))
    return Pair(before, *((more[verb], one[verb]) if many else (one[verb], more[verb])))


_GENDERS: Final = ("feminine", "masculine")


def _gendered(random: np.random.Generator) -> tuple[int, str]:
    gender = int(random.integers(2))
    return gender, _pick(random, NOUNS[_GENDERS[gender]])


def _gender_line(random: np.random.Generator) -> Labelled:
    gender, noun = _gendered(random)
    words = [("the", NONE), (noun, gender)]
    if random.random() < 0.5:
        words += [(_pick(random, WORDS["preposition"]), gender), ("the", gender), (_noun(random, 1), gender)]
    words.append((_pick(random, WORDS["acts-one"]), gender))
    kind = _GENDERS[gender]
    if random.random() < 0.5:
        words.append((REFLEXIVE[kind], NONE))
    else:
        words += [(POSSESSIVE[kind], NONE), (_pick(random, WORDS["belonging"]), NONE)]
    return _line([*words, (".", NONE)])


def _gender_pair(random: np.random.Generator) -> Pair:
    gender, noun = _gendered(random)
    right, wrong = _GENDERS[gender], _GENDERS[1 - gender]
    before = f"the {noun} {_pick(random, WORDS['acts-one'])}"
    return Pair(before, REFLEXIVE[right], REFLEXIVE[wrong])


def _plain_word(random: np.random.Generator) -> str:
    kind = str(random.choice(["adjective", "adverb", "preposition", "conjunction", "belonging"]))
    return _pick(random, WORDS[kind])


def _quote_line(random: np.random.Generator) -> Labelled:
    words: list[Marked] = []
    inside = 0
    for _ in range(int(random.integers(8, 20))):
        if random.random() < 0.3:
            inside = 1 - inside
            words.append(('"', inside))
        else:
            words.append((_plain_word(random), inside))
    return _line([*words, *[('"', 0)] * inside])


def _bracket_line(random: np.random.Generator) -> Labelled:
    words: list[Marked] = []
    depth = 0
    for _ in range(int(random.integers(8, 20))):
        turn = random.random()
        if turn < 0.25 and depth < 4:
            depth += 1
            words.append(("(", depth))
        elif turn < 0.45 and depth:
            depth -= 1
            words.append((")", depth))
        else:
            words.append((_plain_word(random), depth))
    return _line([*words, *[(")", left) for left in reversed(range(depth))]])


def _position_line(random: np.random.Generator) -> Labelled:
    return _line([(_plain_word(random), place) for place in range(int(random.integers(6, 24)))])


SETS: Final = {
    made.name: made
    for made in (
        ProbeSet(
            name="number",
            about="from the subject to before its verb: 1 where the subject is plural, 0 where it is singular",
            lines=_number_line,
            pairs=_number_pair,
        ),
        ProbeSet(
            name="gender",
            about="from the subject to its verb: 1 where the subject is masculine, 0 where it is feminine",
            lines=_gender_line,
            pairs=_gender_pair,
        ),
        ProbeSet(name="quotes", about="1 between a quotation mark and the next, else 0", lines=_quote_line),
        ProbeSet(name="brackets", about="how many brackets are open", lines=_bracket_line),
        ProbeSet(name="position", about="how many words stand before in the line", lines=_position_line),
    )
}

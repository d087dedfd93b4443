"""Minimal pairs of the agreement grammar: a verb, a reflexive, a possessive or a pronoun of another number or gender.

The word depends on the noun of the first subject. Nouns between the two that would ask for another word are attractors:
for a verb those of the other number (Linzen, Dupoux and Goldberg 2016), for the others those of another gender or
number.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Final, NamedTuple

import numpy as np

from carrousel.evaluation.minimal_pairs.pair import Fact, MinimalPair
from carrousel.text import agreement_grammar
from carrousel.text.agreement import NUMBER, POSSESSIVE, PRONOUN, REFLEXIVE, WORDS

SENTENCES: Final = 40_000
SEED: Final = 2
"""Another one than that of the text for training."""
MOST: Final = 4
"""Attractors above which pairs are not told apart by their number."""

Derived = list[tuple[str, tuple[str, ...]]]

_OTHER_VERB: Final[Mapping[str, str]] = {
    word: other
    for verbs in ("rests", "acts")
    for one, many in [(WORDS[f"{verbs}-one"].split(), WORDS[f"{verbs}-many"].split())]
    for word, other in [*zip(one, many, strict=True), *zip(many, one, strict=True)]
}
_OBJECTS: Final = {"reflexive": REFLEXIVE, "possessive": POSSESSIVE}
_RIVAL: Final = {"feminine": "masculine", "masculine": "feminine", "neuter": "masculine", "plural": "neuter"}
"""Whose word stands in the wrong sentence: of the other gender, and of the other number for the plural."""


class _Place(NamedTuple):
    """A word that depends on the first subject."""

    kind: str
    at: int
    wrong: str


def agreement_pairs(*, each: int = 200, sentences: int = SENTENCES, seed: int = SEED) -> list[MinimalPair]:
    """Pairs of sentences of the grammar, drawn as the grammar draws them.

    Args:
        each: so many pairs at most of each kind and number of attractors.
        sentences: how many are drawn.
        seed: of the random numbers.

    Returns:
        Pairs with the facts `kind` (verb, reflexive, possessive, pronoun), `attractors` (4 stands for more too) and
        `distance` (words between the noun and what depends on it).
    """
    drawn = islice(agreement_grammar().derived(np.random.default_rng(seed)), sentences)
    counts: Counter[tuple[object, object]] = Counter()
    seen: set[tuple[str, str]] = set()
    found = []
    for pair in (pair for sentence in drawn for pair in _pairs(sentence)):
        cell = pair.facts["kind"], pair.facts["attractors"]
        if counts[cell] < each and (pair.right, pair.wrong) not in seen:
            counts[cell] += 1
            seen.add((pair.right, pair.wrong))
            found.append(pair)
    return found


def _pairs(sentence: Derived) -> Iterator[MinimalPair]:
    words = [word for word, _ in sentence]
    subject = sentence[0][1][1].removeprefix("sentence-")
    noun = next(at for at, (_, above) in enumerate(sentence) if above[-1] == f"noun-{subject}")
    for kind, at, wrong in _places(sentence, subject):
        between = [above[-1].removeprefix("noun-") for _, above in sentence[noun + 1 : at] if "noun-" in above[-1]]
        if kind == "verb":
            attractors = sum(NUMBER[other] != NUMBER[subject] for other in between)
        else:
            attractors = sum(other != subject for other in between)
        facts: dict[str, Fact] = {"kind": kind, "attractors": min(attractors, MOST), "distance": at - noun - 1}
        yield MinimalPair(right=" ".join(words), wrong=" ".join([*words[:at], wrong, *words[at + 1 :]]), facts=facts)


def _places(sentence: Derived, subject: str) -> Iterator[_Place]:
    """The verb of the first clause, what depends on its subject behind it, and the pronoun of the second clause."""
    predicate = ("sentence", f"sentence-{subject}", f"predicate-{subject}")
    verb = next(at for at, (word, above) in enumerate(sentence) if above[:3] == predicate and word in _OTHER_VERB)
    yield _Place("verb", verb, _OTHER_VERB[sentence[verb][0]])
    for at, (word, above) in enumerate(sentence[verb + 1 :], verb + 1):
        if above == predicate[:2] and word == PRONOUN[subject]:
            yield _Place("pronoun", at, PRONOUN[_RIVAL[subject]])
            return
        for kind, words in _OBJECTS.items():
            if above == (*predicate, f"object-{subject}") and word == words[subject]:
                yield _Place(kind, at, words[_RIVAL[subject]])

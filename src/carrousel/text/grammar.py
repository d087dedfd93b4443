"""Context-free grammars with probabilities: sentences, their probability, and the exact entropy of the source."""

import math
from bisect import bisect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import final

import numpy as np

Rules = Mapping[str, Sequence[tuple[float, str]]]


@final
class Grammar:
    """Rules by the symbol that they expand: each a probability, and the symbols that take its place as one string.

    A symbol without rules is a word. The rules must not be left-recursive, their probabilities must add up to one, and
    a derivation must end with probability one.
    """

    def __init__(self, rules: Rules, *, start: str) -> None:
        self.start = start
        self.rules = {
            symbol: tuple((probability, tuple(expansion.split())) for probability, expansion in alternatives)
            for symbol, alternatives in rules.items()
        }
        self._choices = {
            symbol: (
                list(accumulate(probability for probability, _ in alternatives)),
                [expansion[::-1] for _, expansion in alternatives],
            )
            for symbol, alternatives in self.rules.items()
        }

    def entropy(self) -> float:
        """Nats of the derivation of one sentence, exactly; the entropy of the sentence if none has two derivations.

        The entropy of a symbol is that of the choice of its rule plus the expected sum over the symbols it is replaced
        by: one linear system (Grenander 1967).
        """
        return self._expected(
            {
                symbol: -math.fsum(probability * math.log(probability) for probability, _ in alternatives)
                for symbol, alternatives in self.rules.items()
            }
        )

    def mean_length(self) -> float:
        """The expected number of words of a sentence, exactly."""
        return self._expected(
            {
                symbol: math.fsum(
                    probability * sum(word not in self.rules for word in expansion)
                    for probability, expansion in alternatives
                )
                for symbol, alternatives in self.rules.items()
            }
        )

    def sentences(self, generator: np.random.Generator) -> Iterator[list[str]]:
        """Sentences without end, each a list of words, each drawn on its own."""
        uniform = _uniform(generator)
        while True:
            words, waiting = [], [self.start]
            while waiting:
                symbol = waiting.pop()
                if symbol in self._choices:
                    bounds, expansions = self._choices[symbol]
                    waiting.extend(expansions[min(bisect(bounds, next(uniform)), len(expansions) - 1)])
                else:
                    words.append(symbol)
            yield words

    def log_probability(self, sentence: Sequence[str]) -> float:
        """The natural logarithm of the probability of a sentence, over all its derivations; -inf where it has none."""
        probability = self._inside(sentence, counting=False)
        return math.log(probability) if probability else -math.inf

    def derivations(self, sentence: Sequence[str]) -> int:
        """The number of ways in which the rules make a sentence."""
        return round(self._inside(sentence, counting=True))

    def _expected(self, one_step: Mapping[str, float]) -> float:
        """The expected sum of `one_step` over all symbols of a derivation."""
        place = {symbol: index for index, symbol in enumerate(self.rules)}
        children = np.zeros((len(place), len(place)))
        for symbol, alternatives in self.rules.items():
            for probability, expansion in alternatives:
                for child in expansion:
                    if child in place:
                        children[place[symbol], place[child]] += probability
        totals = np.linalg.solve(np.eye(len(place)) - children, [one_step[symbol] for symbol in self.rules])
        return float(totals[place[self.start]])

    def _inside(self, sentence: Sequence[str], *, counting: bool) -> float:
        """The summed weight of the derivations: of probabilities, or of ones to count them."""
        known: dict[tuple[str, int], dict[int, float]] = {}

        def ends(symbol: str, begin: int) -> Mapping[int, float]:
            """Where `symbol` can end if it begins there, each place with its weight."""
            if symbol not in self.rules:
                return {begin + 1: 1.0} if sentence[begin : begin + 1] == [symbol] else {}
            if (symbol, begin) not in known:
                totals: dict[int, float] = {}
                for probability, expansion in self.rules[symbol]:
                    reached: Mapping[int, float] = {begin: 1.0 if counting else probability}
                    for child in expansion:
                        reached = _added(
                            (stop, weight * more)
                            for at, weight in reached.items()
                            for stop, more in ends(child, at).items()
                        )
                    totals = _added((*totals.items(), *reached.items()))
                known[symbol, begin] = totals
            return known[symbol, begin]

        return ends(self.start, 0).get(len(sentence), 0.0)


def _added(pairs: Iterable[tuple[int, float]]) -> dict[int, float]:
    totals: dict[int, float] = {}
    for place, weight in pairs:
        totals[place] = totals.get(place, 0.0) + weight
    return totals


def _uniform(generator: np.random.Generator) -> Iterator[float]:
    while True:
        yield from generator.random(4096).tolist()

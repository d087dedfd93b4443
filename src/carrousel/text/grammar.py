"""Context-free grammars with probabilities: sentences, their probability, and the exact entropy of the source."""

import math
from bisect import bisect
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import final

import numpy as np
from jaxtyping import Float64

from carrousel.errors import SettingsError
from carrousel.text.uniform import uniform

Rules = Mapping[str, Sequence[tuple[float, str]]]
Alternatives = tuple[tuple[float, tuple[str, ...]], ...]
Expansions = Mapping[str, Alternatives]


@final
class Grammar:
    """Rules by the symbol that they expand: each a probability, and the symbols that take its place as one string.

    A symbol without rules is a word. No rule may be empty or lead to its own symbol at the left; the probabilities of a
    symbol's rules must add up to one, and a derivation must have a finite mean length. Raises SettingsError otherwise.
    """

    def __init__(self, rules: Rules, *, start: str) -> None:
        self.start = start
        self.rules: Expansions = {
            symbol: tuple((probability, tuple(expansion.split())) for probability, expansion in alternatives)
            for symbol, alternatives in rules.items()
        }
        for symbol, alternatives in self.rules.items():
            if abs(math.fsum(probability for probability, _ in alternatives) - 1) > 1e-9:
                raise SettingsError(f"the probabilities of the rules of {symbol!r} must add up to 1")
            if not all(expansion for _, expansion in alternatives):
                raise SettingsError(f"a rule of {symbol!r} is empty; every rule makes at least one symbol")
        self._children = _mean_children(self.rules)
        if max(abs(np.linalg.eigvals(self._children))) >= 1:
            raise SettingsError("the rules make sentences of infinite mean length; give the rules that end more weight")
        self._choices = {
            symbol: (
                list(accumulate(probability for probability, _ in alternatives)),
                [expansion[::-1] for _, expansion in alternatives],
            )
            for symbol, alternatives in self.rules.items()
        }
        self._leading = _by_first_word(self.rules)

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
        drawn = uniform(generator)
        while True:
            words, waiting = [], [self.start]
            while waiting:
                symbol = waiting.pop()
                if symbol in self._choices:
                    bounds, expansions = self._choices[symbol]
                    waiting.extend(expansions[min(bisect(bounds, next(drawn)), len(expansions) - 1)])
                else:
                    words.append(symbol)
            yield words

    def derived(self, generator: np.random.Generator) -> Iterator[list[tuple[str, tuple[str, ...]]]]:
        """The same sentences, each word with the symbols that it came of, the start first; slower than `sentences`."""
        drawn = uniform(generator)
        while True:
            words: list[tuple[str, tuple[str, ...]]] = []
            waiting: list[tuple[str, tuple[str, ...]]] = [(self.start, ())]
            while waiting:
                symbol, above = waiting.pop()
                if symbol in self._choices:
                    bounds, expansions = self._choices[symbol]
                    chosen = expansions[min(bisect(bounds, next(drawn)), len(expansions) - 1)]
                    waiting.extend((part, (*above, symbol)) for part in chosen)
                else:
                    words.append((symbol, above))
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
        once = np.array([one_step[symbol] for symbol in self.rules])
        totals = np.linalg.solve(np.eye(len(once)) - self._children, once)
        return float(totals[list(self.rules).index(self.start)])

    def _inside(self, sentence: Sequence[str], *, counting: bool) -> float:
        """The summed weight of the derivations: of probabilities, or of ones to count them."""
        known: dict[tuple[str, int], dict[int, float]] = {}

        def ends(symbol: str, begin: int) -> dict[int, float]:
            """Where `symbol` can end if it begins there, each place with its weight."""
            if (symbol, begin) not in known:
                totals: dict[int, float] = {}
                for probability, expansion in self._leading[symbol].get(sentence[begin], ()):
                    reached = {begin: 1.0 if counting else probability}
                    for child in expansion:
                        behind: dict[int, float] = {}
                        for at, weight in reached.items():
                            if at < len(sentence):
                                for stop, more in following(child, at).items():
                                    behind[stop] = behind.get(stop, 0.0) + weight * more
                        reached = behind
                    for stop, weight in reached.items():
                        totals[stop] = totals.get(stop, 0.0) + weight
                known[symbol, begin] = totals
            return known[symbol, begin]

        def following(child: str, at: int) -> dict[int, float]:
            if child in self.rules:
                return ends(child, at)
            return {at + 1: 1.0} if sentence[at] == child else {}

        return ends(self.start, 0).get(len(sentence), 0.0) if sentence else 0.0


def _mean_children(rules: Expansions) -> Float64[np.ndarray, "symbols symbols"]:
    """How often, on average, one step from the symbol of the row makes the symbol of the column."""
    place = {symbol: index for index, symbol in enumerate(rules)}
    children = np.zeros((len(place), len(place)))
    for symbol, alternatives in rules.items():
        for probability, expansion in alternatives:
            for child in expansion:
                if child in place:
                    children[place[symbol], place[child]] += probability
    return children


def _by_first_word(rules: Expansions) -> dict[str, dict[str, Alternatives]]:
    """For each symbol and each word that it can begin with: the rules that can begin with it."""
    first: dict[str, set[str]] = {symbol: set() for symbol in rules}
    grown = True
    while grown:
        size = sum(map(len, first.values()))
        for symbol, alternatives in rules.items():
            first[symbol].update(*(first.get(expansion[0], {expansion[0]}) for _, expansion in alternatives))
        grown = sum(map(len, first.values())) > size
    return {
        symbol: {
            word: tuple(rule for rule in alternatives if word in first.get(rule[1][0], {rule[1][0]}))
            for word in first[symbol]
        }
        for symbol, alternatives in rules.items()
    }

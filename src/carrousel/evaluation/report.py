"""The figures of an evaluation, added up as words are scored."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Integer

from carrousel.evaluation.corpus import Corpus


@dataclass(frozen=True, kw_only=True)
class Report:
    """How well a model predicts a text."""

    perplexity: float
    """exp of the mean negative log-likelihood of a token; infinite where the model says of one that it cannot be."""
    perplexity_without_unknown: float | None
    """The same over the tokens that are not `<unk>`, which are still read; None where there are no others."""
    bits_per_token: float
    bits_per_character: float | None
    """Bits for all scored tokens divided by the text's characters; None where these were not counted."""
    bits_per_byte: float | None
    tokens: int
    """Tokens that were scored."""
    unknown: int
    """Those of them that are `<unk>`."""
    impossible: int
    """Those of them that the model says cannot be."""
    nats: float
    """The negative log-likelihood of all of them."""
    nats_of_unknown: float
    """The part of it that is of `<unk>`."""
    protocol: str
    """What was done, in words."""


class Tally:
    """Adds up what a model said of the words of a text."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self._known = self._of_unknown = 0.0
        self._impossible = 0
        self.unknown = 0
        """Words so far that are `<unk>`."""
        self.tokens = 0
        """Words so far."""

    def add(self, places: Integer[Any, " words"], log_probabilities: Float[np.ndarray, " words"]) -> None:
        """Count words at these places of the text, each with the natural logarithm of its probability."""
        strange = np.zeros(len(places), bool)
        if self._corpus.unknown is not None:
            strange = np.asarray(self._corpus.words[places]) == self._corpus.unknown
        self.tokens += len(places)
        self.unknown += int(strange.sum())
        self._impossible += int(np.isneginf(log_probabilities).sum())
        self._known -= float(log_probabilities[~strange].sum(dtype=np.float64))
        self._of_unknown -= float(log_probabilities[strange].sum(dtype=np.float64))

    def report(self, protocol: str) -> Report:
        """The figures of all words so far."""
        corpus, known = self._corpus, self.tokens - self.unknown
        total = self._known + self._of_unknown
        bits = total / math.log(2)
        return Report(
            perplexity=_exp(total / self.tokens),
            perplexity_without_unknown=_exp(self._known / known) if known else None,
            bits_per_token=bits / self.tokens,
            bits_per_character=bits / corpus.characters if corpus.characters else None,
            bits_per_byte=bits / corpus.bytes if corpus.bytes else None,
            tokens=self.tokens,
            unknown=self.unknown,
            impossible=self._impossible,
            nats=total,
            nats_of_unknown=self._of_unknown,
            protocol=protocol,
        )


def _exp(mean: float) -> float:
    return math.exp(mean) if mean < 700 else math.inf

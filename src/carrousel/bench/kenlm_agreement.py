"""A model of ours beside what KenLM's own package reads out of its ARPA file, token by token.

KenLM adds a probability and the weights behind it in single precision, we in double. So the same sum is made a second
time in KenLM's way: where that gives KenLM's very bits, both read the same model and rounding alone sets them apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Integer

from carrousel.ngram.model import NgramModel
from carrousel.ngram.sql import END, START
from carrousel.ngram.trie import ABSENT, Trie


@dataclass(frozen=True, kw_only=True)
class KenlmAgreement:
    """How log10 of the tokens' probabilities agree."""

    tokens: int
    farthest: float
    """The greatest difference of a token, ours added in double precision."""
    total: float
    """Ours."""
    apart: float
    """The difference of the totals, ours added in double precision, KenLM's tokens too."""
    apart_in_single: float
    """The same where ours are added as KenLM adds them."""
    other_bits: int
    """Tokens whose sum, added as KenLM adds it, is not KenLM's to the last bit."""


def compare_kenlm(arpa: Path, model: NgramModel, text: Path) -> KenlmAgreement:
    """Ask both for every token of a text, its lines being sentences; KenLM's package must be there."""
    theirs = import_module("kenlm").LanguageModel(str(arpa))
    lines = text.read_text().splitlines()
    scores = np.array([score for line in lines for score, _, _ in theirs.full_scores(line)])
    tokens = model.vocabulary.inner[model.encode("".join(f"{line}\n" for line in ["", *lines]))]
    double, single = model.trie.running_scores(tokens)[1:], single_scores(model.trie, tokens)[1:]
    return KenlmAgreement(
        tokens=len(scores),
        farthest=float(np.abs(double - scores).max()),
        total=float(double.sum()),
        apart=float(abs(double.sum() - scores.sum())),
        apart_in_single=float(abs(single.astype(np.float64).sum() - scores.sum())),
        other_bits=int((single != scores.astype(np.float32)).sum()),
    )


def single_scores(trie: Trie, tokens: Integer[np.ndarray, " time"]) -> Float32[np.ndarray, " time"]:
    """What `Trie.running_scores` gives, every addition rounded to single precision."""
    totals = trie.levels[0].logs[tokens].copy()
    places = np.where(tokens == END, START, tokens).astype(np.int64)
    for order in range(2, min(trie.order, len(tokens)) + 1):
        histories, below, level = places[:-1], trie.levels[order - 2].weights, trie.levels[order - 1]
        held = histories != ABSENT
        places = np.full(len(histories), ABSENT)
        places[held] = trie.find(order, histories[held], tokens[order - 1 :][held])
        backed = totals[order - 1 :]
        if below is not None:
            backed = backed + np.where(held, below[histories], np.float32(0))
        own = level.logs[places]
        totals[order - 1 :] = np.where((places != ABSENT) & ~np.isnan(own), own, backed)
    return totals

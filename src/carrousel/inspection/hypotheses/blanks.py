"""Filling a blank: candidates ranked by what the model makes of them, by the words before alone and by the sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from carrousel.errors import TextError
from carrousel.model import Model

BLANK: Final = "___"
"""Stands in a sentence where a word is missing."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One word in a blank; logarithms are natural."""

    word: str
    left: float
    """ln p(word | the words before)."""
    whole: float
    """ln p(the whole sentence with the word in it), its end included where the vocabulary has one."""
    tokens: int
    """Tokens that the word is made of; more of them make `left` smaller."""
    known: bool
    """Whether the vocabulary can write it."""


@dataclass(frozen=True, kw_only=True)
class FilledBlank:
    """Candidates, ranked both ways."""

    sentence: str
    candidates: tuple[Candidate, ...]
    """The best by the words before first."""
    unknown: tuple[str, ...]
    """Words of the sentence that the vocabulary lacks, so that the model reads `<unk>` in their place."""

    @property
    def by_left(self) -> tuple[str, ...]:
        """The words by what comes before alone, the best first; unknown ones last."""
        return tuple(c.word for c in self.candidates)

    @property
    def by_whole(self) -> tuple[str, ...]:
        """The words by the whole sentence, the best first; unknown ones last."""
        return tuple(c.word for c in sorted(self.candidates, key=lambda c: (not c.known, -c.whole)))

    def as_json(self) -> dict[str, Any]:
        """The ranking as plain values."""
        return {
            "sentence": self.sentence,
            "by the words before": list(self.by_left),
            "by the whole sentence": list(self.by_whole),
            "candidates": [asdict(c) for c in self.candidates],
            "unknown": list(self.unknown),
        }


def fill_blank(model: Model, sentence: str, candidates: Sequence[str]) -> FilledBlank:
    """Rank what may stand in a blank, by the words before alone and, beside it, by the whole sentence.

    Args:
        model: a language model of any kind.
        sentence: with `___` where a word is missing.
        candidates: what may stand there.

    Raises:
        TextError: no blank or several, or no candidate.
    """
    left, *rest = sentence.split(BLANK)
    if len(rest) != 1:
        raise TextError(f"a sentence has one blank, written {BLANK}; got {len(rest)} in {sentence!r}")
    if not candidates:
        raise TextError("no candidate is given; name the words that may stand in the blank")
    lines = [f"{left}{word}{rest[0]}" for word in candidates]
    scored = list(model.score_tokens([*(f"{left}{word}" for word in candidates), *lines]))
    before = len(model.tokenizer.encode(left.rstrip(" "))) - (model.tokenizer.end is None)
    found = []
    for number, word in enumerate(candidates):
        alone, whole = scored[number], scored[number + len(candidates)]
        tokens = len(alone.words) - before - (model.tokenizer.end is not None)
        own = slice(before, before + tokens)
        known = model.tokenizer.unknown is None or model.tokenizer.unknown not in alone.words[own]
        found.append(
            Candidate(
                word=word,
                left=float(alone.log_probabilities[own].sum(dtype=np.float64)),
                whole=whole.log_probability,
                tokens=tokens,
                known=bool(known),
            )
        )
    found.sort(key=lambda c: (not c.known, -c.left))
    words = sentence.replace(BLANK, " ").split()
    strange = [w for w in words if model.tokenizer.unknown in model.tokenizer.encode(w).tolist()]
    return FilledBlank(sentence=sentence, candidates=tuple(found), unknown=tuple(dict.fromkeys(strange)))

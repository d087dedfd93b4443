"""How a sentence is written for a model of words, which knows its own spelling alone.

A text for training may be in lower case, without punctuation, its contractions cut in two (the Penn Treebank is all of
it). A pair in ordinary spelling would then be made of unknown words. What is changed is read off the vocabulary.
"""

import re
from dataclasses import dataclass

from carrousel.text import Tokenizer

_MARKS = re.compile(r"[.,;:?!\"()]")
_CLITIC = re.compile(r"(?i)(?<=\w)(n't|'(?:s|re|ve|ll|d|m))\b")


@dataclass(frozen=True)
class Spelling:
    """What is changed in a sentence before a model reads it."""

    lower: bool = False
    """Capitals become small letters."""
    marks: frozenset[str] | None = None
    """Punctuation marks that stand as words of their own, the others being left out; None to leave all as it is."""
    clitics: bool = False
    """Contractions are cut: `do n't`."""

    @staticmethod
    def of(tokenizer: Tokenizer) -> "Spelling":
        """That of the model's own text, as its vocabulary shows it; nothing is changed for models of smaller parts."""
        if tokenizer.kind != "word":
            return Spelling()
        known = {tokenizer.token(index) for index in range(tokenizer.size)}
        capitals = any(token[0].isupper() and token[1:].islower() for token in known)
        marks = frozenset(token for token in known if _MARKS.fullmatch(token))
        return Spelling(lower=not capitals, marks=marks, clitics="n't" in known or "'s" in known)

    def write(self, sentence: str) -> str:
        """The sentence as the model's text would have it."""
        if self.lower:
            sentence = sentence.lower()
        if self.clitics:
            sentence = _CLITIC.sub(r" \1", sentence)
        marks = self.marks
        if marks is not None:
            sentence = _MARKS.sub(lambda mark: f" {mark[0]} " if mark[0] in marks else " ", sentence)
            sentence = " ".join(sentence.split())
        return sentence

    def __str__(self) -> str:
        changes = ["in lower case"] if self.lower else []
        if self.marks is not None:
            changes.append(f"with {' '.join(sorted(self.marks))} as words" if self.marks else "without punctuation")
        if self.clitics:
            changes.append("contractions cut")
        return ", ".join(changes) or "as they are"

"""The sentences of the lecture notes: data with their source and with what the notes claim.

Whether a model does as they say is measured, never assumed. They stand here as they are written there,
mistakes included.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Blank:
    """A sentence of the notes with a word missing."""

    name: str
    sentence: str
    """With `___` where the word is missing."""
    candidates: tuple[str, ...]
    expected: str
    """What the source says stands there."""
    source: str


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """A text of the notes and what they say that a gate does with it."""

    name: str
    text: str
    gate: str
    claim: str
    source: str


_SOURCE: Final = "the lecture notes that this package follows, "
_GATES: Final = _SOURCE + "part on the gates of an LSTM"
NOTES: Final = {
    blank.name: blank
    for blank in (
        Blank(
            name="tickets",
            sentence="When she tried to print her tickets, she found that the printer was out of toner. "
            "she finally printed her ___",
            candidates=("tickets", "books", "toner", "printer", "paper"),
            expected="tickets",
            source=_SOURCE + "part on language models; the middle of the sentence is left out there as here",
        ),
        Blank(
            name="students",
            sentence="as the proctor started the clock, the students opened their ___",
            candidates=("books", "exams", "laptops", "minds"),
            expected="exams",
            source=_SOURCE + "part on language models",
        ),
        Blank(
            name="dan",
            sentence="Dan grew up in France. He speaks fluent ___",
            candidates=("French", "English", "German", "Spanish"),
            expected="French",
            source=_GATES,
        ),
        Blank(
            name="bob",
            sentence="Bob fought single handedly with the enemy and died for his country. "
            "For his contributions brave ___",
            candidates=("Bob", "Dan", "he", "enemy", "country"),
            expected="Bob",
            source=_GATES + " (output gate)",
        ),
        Blank(
            name="manoj",
            sentence="Manoj is good at webdesigining, he is the university topper. So the Merit student ___ was "
            "awarded University Gold medal",
            candidates=("Manoj", "Roufa", "he", "she"),
            expected="Manoj",
            source=_GATES + " (output gate), spelled as there",
        ),
    )
}
"""Blanks of the lecture notes, by name."""

CLAIMS: Final = {
    claimed.name: claimed
    for claimed in (
        Claimed(
            name="roufa",
            text="Roufa and Manoj plays well in basket ball. Manoj is really good at webdesigning.",
            gate="forget",
            claim="at the first full stop the subject may change, and Roufa is forgotten",
            source=_GATES + " (forget gate)",
        ),
        Claimed(
            name="dan-and-bob",
            text="Bob is a nice person. Dan on the other hand is evil.",
            gate="forget",
            claim="the subject Bob is forgotten when Dan comes",
            source=_GATES + " (forget gate)",
        ),
        Claimed(
            name="topper",
            text="Manoj is good at webdesigining, yesterday he told me that he is a university topper.",
            gate="input",
            claim="yesterday he told me is not important, and is not let in",
            source=_GATES + " (input gate)",
        ),
        Claimed(
            name="navy",
            text="Bob knows swimming. He told me over the phone that he had served the navy for 4 long years.",
            gate="input",
            claim="over the phone is not important, and is not let in",
            source=_GATES + " (input gate)",
        ),
    )
}
"""Texts of the notes whose gates can be looked at, by name."""

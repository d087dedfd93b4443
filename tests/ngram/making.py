"""Small models for the tests of this folder."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from carrousel.ngram.building import build_ngram
from carrousel.ngram.corpus import Corpus
from carrousel.ngram.model import NgramModel
from carrousel.ngram.opening import open_ngram
from carrousel.ngram.settings import NgramSettings
from carrousel.text import learn_tokenizer, memory_text, tokens_in_memory

LINES = (
    "the students opened their books",
    "the students opened their exams",
    "the proctor started the clock",
    "the students opened the books",
    "a proctor closed the books",
    "the clock started",
    "their exams",
    "a clock",
    "the students closed their books",
)

MEMORY = 200 << 20


def corpus_of(lines: Sequence[str], *, tokenizer: str = "word", min_count: int | None = None) -> tuple[Corpus, bytes]:
    """The tokens of lines, and the file of their tokenizer."""
    text = memory_text("".join(f"{line}\n" for line in lines), name="lines")
    cutter = learn_tokenizer(tokenizer, text, min_count=min_count)
    names = [cutter.token(index) for index in range(cutter.size)]
    tokens = tokens_in_memory(text, cutter).array
    return Corpus(tokens=tokens, names=names, unknown=cutter.unknown, end=cutter.end), cutter.to_bytes()


def made(
    folder: Path,
    lines: Sequence[str] = LINES,
    *,
    tokenizer: str = "word",
    min_count: int | None = None,
    **settings: object,
) -> NgramModel:
    """The model of lines, in a folder."""
    settings = {"order": 3, "discount_fallback": True, **settings}
    corpus, file = corpus_of(lines, tokenizer=tokenizer, min_count=min_count)
    out, arpa = folder / "model", folder / "model.arpa"
    with_arpa = None if settings.get("smoothing") == "stupid-backoff" else arpa
    build_ngram(corpus, NgramSettings(**settings), out=out, arpa=with_arpa, tokenizer=file, memory=MEMORY, threads=1)
    return open_ngram(out)


def histories(model: NgramModel, *, length: int) -> list[np.ndarray]:
    """Histories of so many tokens: some that the text has, some that it has not."""
    random = np.random.default_rng(0)
    return [random.integers(0, model.size, length) for _ in range(30)]


def probability(model: NgramModel, words: str) -> float:
    """The probability of the last of some words behind the others; `|` is the end of a line."""
    ids = [model.tokenizer.end if word == "|" else int(model.encode(word)[0]) for word in words.split()]
    return float(np.exp(model.ask(np.array([ids]))[0]))

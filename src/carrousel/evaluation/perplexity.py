"""Perplexity, with all that a figure needs to be compared with another."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, Literal, get_args

import numpy as np
from jaxtyping import Float32

from carrousel.errors import SettingsError, TextError
from carrousel.generation import Passage, score_words
from carrousel.models import LanguageModel

State = Literal["carried", "reset"]
STATES: Final[tuple[State, ...]] = get_args(State)
RESET_STREAMS: Final = 16
"""Streams of whole sentences read side by side where each sentence stands alone: that changes nothing but the time."""
BLOCK: Final = 1 << 16


@dataclass(frozen=True, kw_only=True)
class Report:
    """How well a model predicts a text."""

    perplexity: float
    """exp of the mean negative log-likelihood of a token."""
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
    nats: float
    """The negative log-likelihood of all of them."""
    nats_of_unknown: float
    """The part of it that is of `<unk>`."""
    protocol: str
    """What was done, in words."""


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """A text as an evaluation takes it."""

    words: Any
    """(tokens,) whole numbers: an array, or a memory map."""
    end: int | None
    """The token that ends a sentence or a line; it is also read before the first one."""
    unknown: int | None
    """The token for what the vocabulary lacks."""
    characters: int | None = None
    """Characters of the text whose tokens are scored."""
    bytes: int | None = None
    """Bytes of the text whose tokens are scored."""


def evaluate(
    network: LanguageModel,
    corpus: Corpus,
    *,
    state: State = "carried",
    streams: int = 1,
    precision: str = "float32",
    each: Float32[np.ndarray, " tokens"] | None = None,
    watch: Callable[[int], None] | None = None,
) -> Report:
    """Measure how well a model predicts a text.

    Every token is scored, the end of a sentence among them. The first is predicted from the token that ends a sentence;
    where the vocabulary has none, it is not scored.

    Args:
        network: the model.
        corpus: the text.
        state: `carried` through the whole text, or `reset` after each end of a sentence.
        streams: with a carried state, cut the text into so many parts that are read side by side, each from the start
            state: faster, and another figure.
        precision: `float32` or `mixed`.
        each: an array that takes the log-probability of each token; one that is not scored gets nan.
        watch: called with the number of tokens scored so far.

    Raises:
        SettingsError: a state or a number of streams that cannot be, or a reset without an end of sentence.
        TextError: no token to score, or one that the model's vocabulary does not have.
    """
    first = 0 if corpus.end is not None else 1
    _check(network, corpus, state, streams, first)
    passage = Passage(words=corpus.words, context=corpus.end, boundary=corpus.end if state == "reset" else None)
    if each is not None:
        each[:first] = np.nan
    total = of_unknown = 0.0
    tokens = unknown = 0
    spans = _sentence_spans(corpus) if state == "reset" else _equal_spans(first, len(corpus.words), streams)
    for places, log_probabilities in score_words(network, passage, spans=spans, precision=precision):
        total -= float(log_probabilities.sum(dtype=np.float64))
        tokens += len(places)
        if watch is not None:
            watch(tokens)
        if each is not None:
            each[places] = log_probabilities
        if corpus.unknown is not None:
            strange = np.asarray(corpus.words)[places] == corpus.unknown
            unknown += int(strange.sum())
            of_unknown -= float(log_probabilities[strange].sum(dtype=np.float64))
    bits = total / math.log(2)
    return Report(
        perplexity=_exp(total / tokens),
        perplexity_without_unknown=_exp((total - of_unknown) / (tokens - unknown)) if tokens > unknown else None,
        bits_per_token=bits / tokens,
        bits_per_character=bits / corpus.characters if corpus.characters else None,
        bits_per_byte=bits / corpus.bytes if corpus.bytes else None,
        tokens=tokens,
        unknown=unknown,
        nats=total,
        nats_of_unknown=of_unknown,
        protocol=_protocol(corpus, state, streams, unknown),
    )


def _check(network: LanguageModel, corpus: Corpus, state: str, streams: int, first: int) -> None:
    if state not in STATES:
        raise SettingsError(f"state is one of {', '.join(STATES)}, not {state!r}")
    if streams < 1:
        raise SettingsError(f"streams is a whole number from 1, not {streams}")
    if state == "reset" and corpus.end is None:
        raise SettingsError("the state cannot be reset: this vocabulary has no end of a sentence; give state=carried")
    if state == "reset" and streams > 1:
        raise SettingsError("sentences that stand alone are read side by side as it is; leave streams away")
    if len(corpus.words) <= first:
        raise TextError(f"a text of {len(corpus.words)} tokens leaves none to score; give more text")
    for begin in range(0, len(corpus.words), BLOCK * 16):
        block = np.asarray(corpus.words[begin : begin + BLOCK * 16])
        if block.min() < 0 or block.max() >= network.vocabulary:
            strange = int(block.max() if block.max() >= network.vocabulary else block.min())
            raise TextError(f"token {strange} is not of this model, whose vocabulary has {network.vocabulary}")


def _equal_spans(first: int, stop: int, streams: int) -> list[tuple[int, int]]:
    cuts = np.linspace(first, stop, streams + 1).astype(int).tolist()
    return list(pairwise(cuts))


def _sentence_spans(corpus: Corpus) -> list[tuple[int, int]]:
    """Spans of about equal length, each but the last behind an end of a sentence."""
    cuts = [0]
    for goal in np.linspace(0, len(corpus.words), RESET_STREAMS + 1).astype(int)[1:-1]:
        cuts.append(_behind_end(corpus, max(int(goal), cuts[-1])))
    return list(pairwise([*cuts, len(corpus.words)]))


def _behind_end(corpus: Corpus, place: int) -> int:
    """The place behind the first end of a sentence from `place` on."""
    for begin in range(place, len(corpus.words), BLOCK):
        found = np.flatnonzero(np.asarray(corpus.words[begin : begin + BLOCK]) == corpus.end)
        if len(found):
            return begin + int(found[0]) + 1
    return len(corpus.words)


def _exp(mean: float) -> float:
    return math.exp(mean) if mean < 700 else math.inf


def _protocol(corpus: Corpus, state: str, streams: int, unknown: int) -> str:
    """What was done, in words."""
    parts = {
        "carried": "state carried through the whole text",
        "reset": "state reset after each end of a sentence, each sentence alone",
    }
    said = [parts[state]]
    if streams > 1:
        said.append(f"the text cut into {streams} parts, each from the start state")
    if corpus.end is None:
        said.append("every token scored but the first, which nothing comes before")
    else:
        said.append("every token scored, ends of sentences too, the first from an end of a sentence")
    if corpus.unknown is None:
        said.append("no unknown words")
    elif unknown:
        said.append("an unknown word is predicted and read as <unk>, and bits do not spell it out")
    else:
        said.append("no unknown words in this text")
    return "; ".join(said)

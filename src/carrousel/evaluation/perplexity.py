"""Perplexity, with all that a figure needs to be compared with another."""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float32

from carrousel.evaluation.corpus import Corpus, State
from carrousel.evaluation.report import Report, Tally
from carrousel.generation import Network, Passage, score_words


def evaluate(
    network: Network,
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
    spans = corpus.spans(state, streams)
    corpus.check(network.vocabulary)
    passage = Passage(words=corpus.words, context=corpus.end, boundary=corpus.end if state == "reset" else None)
    if each is not None:
        each[: corpus.first] = np.nan
    tally = Tally(corpus)
    for places, log_probabilities in score_words(network, passage, spans=spans, precision=precision):
        tally.add(places, log_probabilities)
        if watch is not None:
            watch(tally.tokens)
        if each is not None:
            each[places] = log_probabilities
    return tally.report(protocol(corpus, state, streams, tally.unknown, [network.reach]))


def protocol(corpus: Corpus, state: State, streams: int, unknown: int, reaches: Sequence[int | None]) -> str:
    """What was done, in words; `reaches` are those of the models (`Network.reach`)."""
    said = list(dict.fromkeys(_remembered(state, reach) for reach in reaches))
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


def _remembered(state: State, reach: int | None) -> str:
    """What a word is told from."""
    alone = "each sentence alone"
    if reach is None:
        carried = "state carried through the whole text"
        return carried if state == "carried" else f"state reset after each end of a sentence, {alone}"
    before = {0: "without those before it", 1: "from the word before it"}.get(reach, f"from the {reach} before it")
    return f"each word told {before}" + (f", {alone}" if state == "reset" else "")

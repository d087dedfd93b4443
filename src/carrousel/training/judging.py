"""How good a language model is on the texts that a run does not learn from."""

import math
from typing import Final

from carrousel.evaluation import Corpus, evaluate
from carrousel.models import LanguageModel
from carrousel.training.corpora import Corpora
from carrousel.training.metrics import Figure

ONE_STREAM: Final = 1 << 18
"""Tokens of validation up to which they are one stream, as `carrousel evaluate` reads a text."""


def judge(network: LanguageModel, corpora: Corpora, name: str, *, streams: int = 1) -> dict[str, Figure]:
    """The loss in nats a token, the perplexity and the bits a character on a text of the run, its state carried.

    Where the process that wrote the text is known, `least_perplexity` is what a model that knew it would have.

    Args:
        network: the model.
        corpora: the texts.
        name: which of them.
        streams: into how many parts a text of more than `ONE_STREAM` tokens is cut, read side by side.
    """
    tokens, tokenizer = corpora.tokens[name], corpora.tokenizer
    counts, many = tokens.counts, len(tokens) > ONE_STREAM
    corpus = Corpus(words=tokens.array, end=tokenizer.end, unknown=tokenizer.unknown, characters=counts.characters)
    report = evaluate(network, corpus, streams=streams if many else 1)
    tokens.release()
    loss = report.nats / report.tokens
    figures: dict[str, Figure] = {"loss": loss, "perplexity": math.exp(min(loss, 700.0))}
    if report.bits_per_character is not None:
        figures["bits_per_character"] = report.bits_per_character
    if name in corpora.line_entropy:
        figures["least_perplexity"] = math.exp(corpora.line_entropy[name] * counts.lines / report.tokens)
    return figures

"""How good a language model is on the texts that a run does not learn from."""

import math

from carrousel.evaluation import Corpus, evaluate
from carrousel.models import LanguageModel
from carrousel.training.corpora import Corpora
from carrousel.training.metrics import Figure


def judge(network: LanguageModel, corpora: Corpora, name: str) -> dict[str, Figure]:
    """The loss in nats a token and the perplexity on a text of the run, its state carried from its start to its end.

    Where the process that wrote the text is known, `least_perplexity` is what a model that knew it would have.
    """
    tokens = corpora.tokens[name]
    report = evaluate(network, Corpus(words=tokens.array, end=corpora.tokenizer.end, unknown=None))
    tokens.release()
    figures: dict[str, Figure] = {
        "loss": report.nats / report.tokens,
        "perplexity": min(report.perplexity, math.exp(700)),
    }
    if name in corpora.line_entropy:
        nats = corpora.line_entropy[name] * tokens.counts.lines
        figures["least_perplexity"] = math.exp(nats / len(tokens))
    return figures

"""How good a language model is on the texts that a run does not learn from."""

import math

from carrousel.evaluation import mean_loss
from carrousel.models import LanguageModel
from carrousel.training.corpora import Corpora
from carrousel.training.metrics import Figure


def judge(network: LanguageModel, corpora: Corpora, name: str) -> dict[str, Figure]:
    """The loss in nats a token and the perplexity on a text of the run, its state carried from its start to its end.

    Where the process that wrote the text is known, `least_perplexity` is what a model that knew it would have.
    """
    tokens = corpora.tokens[name]
    loss = mean_loss(network, tokens.array)
    tokens.release()
    figures: dict[str, Figure] = {"loss": loss, "perplexity": math.exp(min(loss, 700.0))}
    if name in corpora.line_entropy:
        nats = corpora.line_entropy[name] * tokens.counts.lines
        figures["least_perplexity"] = math.exp(nats / len(tokens))
    return figures

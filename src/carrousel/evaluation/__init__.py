"""What a model is worth on a text."""

from carrousel.evaluation.perplexity import STATES, Corpus, Report, State, evaluate

__all__ = ["STATES", "Corpus", "Report", "State", "evaluate"]

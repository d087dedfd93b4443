"""What a model is worth on a text."""

from carrousel.evaluation.mean_loss import mean_loss
from carrousel.evaluation.perplexity import STATES, Corpus, Report, State, evaluate

__all__ = ["STATES", "Corpus", "Report", "State", "evaluate", "mean_loss"]

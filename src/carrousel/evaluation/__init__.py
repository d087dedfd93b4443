"""What a model is worth on a text."""

from carrousel.evaluation.corpus import STATES, Corpus, State
from carrousel.evaluation.perplexity import evaluate
from carrousel.evaluation.report import Report

__all__ = ["STATES", "Corpus", "Report", "State", "evaluate"]

"""What a model is worth on a text, alone, with what it may remember of the text, and mixed with others."""

from carrousel.evaluation.caches import CacheSettings
from carrousel.evaluation.contest import MIXES, Mix, Outcome, TogetherSettings
from carrousel.evaluation.corpus import STATES, Corpus, State, Watch
from carrousel.evaluation.dynamic_settings import DynamicSettings
from carrousel.evaluation.perplexity import evaluate
from carrousel.evaluation.report import Report
from carrousel.evaluation.texts import read_text
from carrousel.evaluation.together import evaluate_together

__all__ = [
    "MIXES",
    "STATES",
    "CacheSettings",
    "Corpus",
    "DynamicSettings",
    "Mix",
    "Outcome",
    "Report",
    "State",
    "TogetherSettings",
    "Watch",
    "evaluate",
    "evaluate_together",
    "read_text",
]

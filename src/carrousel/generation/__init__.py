"""Text from models, and what models think of text."""

from carrousel.generation.choice import choose, draw
from carrousel.generation.keeping import keep_programs
from carrousel.generation.lines import BASES, ScoredLine, divisor, score_lines
from carrousel.generation.network import Narrowing, Network, States
from carrousel.generation.preparing import Prepared, prepare, read, sample
from carrousel.generation.scoring import Excerpt, Passage, Scored, excerpts, score_words
from carrousel.sampling import Choice, SamplingSettings, Weights, until

__all__ = [
    "BASES",
    "Choice",
    "Excerpt",
    "Narrowing",
    "Network",
    "Passage",
    "Prepared",
    "SamplingSettings",
    "Scored",
    "ScoredLine",
    "States",
    "Weights",
    "choose",
    "divisor",
    "draw",
    "excerpts",
    "keep_programs",
    "prepare",
    "read",
    "sample",
    "score_lines",
    "score_words",
    "until",
]

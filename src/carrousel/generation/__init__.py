"""Text from models, and what models think of text."""

from carrousel.generation.choice import Choice, SamplingSettings, choose, draw
from carrousel.generation.lines import BASES, ScoredLine, divisor, score_lines
from carrousel.generation.network import Network, States
from carrousel.generation.sampling import read, sample
from carrousel.generation.scoring import Excerpt, Passage, Scored, excerpts, score_words
from carrousel.generation.stopping import until

__all__ = [
    "BASES",
    "Choice",
    "Excerpt",
    "Network",
    "Passage",
    "SamplingSettings",
    "Scored",
    "ScoredLine",
    "States",
    "choose",
    "divisor",
    "draw",
    "excerpts",
    "read",
    "sample",
    "score_lines",
    "score_words",
    "until",
]

"""Text from models, and what models think of text."""

from carrousel.generation.choice import Choice, SamplingSettings, choose, draw
from carrousel.generation.lines import BASES, ScoredLine, divisor, score_lines
from carrousel.generation.network import Network, States
from carrousel.generation.sampling import read, sample
from carrousel.generation.scoring import Passage, Scored, score_words
from carrousel.generation.stopping import until

__all__ = [
    "BASES",
    "Choice",
    "Network",
    "Passage",
    "SamplingSettings",
    "Scored",
    "ScoredLine",
    "States",
    "choose",
    "divisor",
    "draw",
    "read",
    "sample",
    "score_lines",
    "score_words",
    "until",
]

"""Drawing words with programs that are ready: the loop, its settings, and programs kept from one process to the next.

Nothing here imports jax or a model's classes: what was kept is drawn from before they could be imported.
"""

from carrousel.sampling.loop import (
    CHUNK,
    READ,
    Programs,
    Reader,
    State,
    check_counts,
    read_prompts,
    repeated,
    sample_words,
)
from carrousel.sampling.settings import NO_WORD, Choice, SamplingSettings, Weights
from carrousel.sampling.stopping import until
from carrousel.sampling.writer import Writer, words_before

__all__ = [
    "CHUNK",
    "NO_WORD",
    "READ",
    "Choice",
    "Programs",
    "Reader",
    "SamplingSettings",
    "State",
    "Weights",
    "Writer",
    "check_counts",
    "read_prompts",
    "repeated",
    "sample_words",
    "until",
    "words_before",
]

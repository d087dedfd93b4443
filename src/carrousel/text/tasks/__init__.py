"""Generators of synthetic tasks: one task a file, pure functions of a random generator."""

from carrousel.text.tasks.reber import embedded_reber_sets, embedded_reber_string, legal_next, numbers, reber_string
from carrousel.text.tasks.sequences import Sequences, Task
from carrousel.text.tasks.two_sequences import two_sequences

__all__ = [
    "Sequences",
    "Task",
    "embedded_reber_sets",
    "embedded_reber_string",
    "legal_next",
    "numbers",
    "reber_string",
    "two_sequences",
]

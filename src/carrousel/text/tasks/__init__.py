"""Generators of synthetic tasks: one task a file, pure functions of a random generator."""

from carrousel.text.tasks.adding import Adding
from carrousel.text.tasks.brackets import Brackets
from carrousel.text.tasks.continual_order import ContinualOrder
from carrousel.text.tasks.copy_memory import CopyMemory
from carrousel.text.tasks.curricula import STRATEGIES, stages
from carrousel.text.tasks.embedded_reber import ContinualReber, EmbeddedReber, asks_outer, legal_after, reber_states
from carrousel.text.tasks.execution import Execution
from carrousel.text.tasks.frequency import SampledSines, Sines
from carrousel.text.tasks.interpreter import run_program
from carrousel.text.tasks.long_distractors import LongDistractors
from carrousel.text.tasks.marked_numbers import MarkedNumbers
from carrousel.text.tasks.marked_pairs import MarkedPairs
from carrousel.text.tasks.parity import Parity
from carrousel.text.tasks.periodic import PeriodicFunction
from carrousel.text.tasks.questions import Hardness, Question
from carrousel.text.tasks.random_permutation import RandomPermutation
from carrousel.text.tasks.reber import embedded_reber_sets, embedded_reber_string, legal_next, numbers, reber_string
from carrousel.text.tasks.sequences import Sequences, Task
from carrousel.text.tasks.sequential_mnist import SequentialMnist
from carrousel.text.tasks.slide import LINES, PROMPT, Slide, slide_tokens
from carrousel.text.tasks.spikes import Spikes
from carrousel.text.tasks.surrounded import Surrounded
from carrousel.text.tasks.temporal_order import TemporalOrder
from carrousel.text.tasks.two_classes import TwoClasses
from carrousel.text.tasks.two_sequences import TwoSequences, two_sequences

__all__ = [
    "LINES",
    "PROMPT",
    "STRATEGIES",
    "Adding",
    "Brackets",
    "ContinualOrder",
    "ContinualReber",
    "CopyMemory",
    "EmbeddedReber",
    "Execution",
    "Hardness",
    "LongDistractors",
    "MarkedNumbers",
    "MarkedPairs",
    "Parity",
    "PeriodicFunction",
    "Question",
    "RandomPermutation",
    "SampledSines",
    "Sequences",
    "SequentialMnist",
    "Sines",
    "Slide",
    "Spikes",
    "Surrounded",
    "Task",
    "TemporalOrder",
    "TwoClasses",
    "TwoSequences",
    "asks_outer",
    "embedded_reber_sets",
    "embedded_reber_string",
    "legal_after",
    "legal_next",
    "numbers",
    "reber_states",
    "reber_string",
    "run_program",
    "slide_tokens",
    "stages",
    "two_sequences",
]

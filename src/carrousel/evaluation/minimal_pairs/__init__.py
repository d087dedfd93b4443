"""Minimal pairs: two sentences that differ in what decides, and which of them a model takes for the likelier one."""

from carrousel.evaluation.minimal_pairs.generated import agreement_pairs
from carrousel.evaluation.minimal_pairs.judging import METHODS, Method, Verdict, judge
from carrousel.evaluation.minimal_pairs.pair import MinimalPair
from carrousel.evaluation.minimal_pairs.report import Tally, tallies, tally
from carrousel.evaluation.minimal_pairs.sets import PAIR_SETS, PairSet, find_pairs
from carrousel.evaluation.minimal_pairs.spelling import Spelling

__all__ = [
    "METHODS",
    "PAIR_SETS",
    "Method",
    "MinimalPair",
    "PairSet",
    "Spelling",
    "Tally",
    "Verdict",
    "agreement_pairs",
    "find_pairs",
    "judge",
    "tallies",
    "tally",
]

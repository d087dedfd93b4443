"""Minimal pairs: two sentences that differ in what decides, and which of them a model takes for the likelier one."""

from carrousel.evaluation.minimal_pairs.counting import PairCount, count, count_by
from carrousel.evaluation.minimal_pairs.generated import agreement_pairs
from carrousel.evaluation.minimal_pairs.judging import METHODS, Method, Verdict, judge
from carrousel.evaluation.minimal_pairs.pair import MinimalPair
from carrousel.evaluation.minimal_pairs.sets import PAIR_SETS, PairSet, find_pairs
from carrousel.evaluation.minimal_pairs.spelling import Spelling

__all__ = [
    "METHODS",
    "PAIR_SETS",
    "Method",
    "MinimalPair",
    "PairCount",
    "PairSet",
    "Spelling",
    "Verdict",
    "agreement_pairs",
    "count",
    "count_by",
    "find_pairs",
    "judge",
]

"""Hypotheses on what units carry, each with the control that could refute it."""

from carrousel.inspection.hypotheses.ablation import Ablation, ablate
from carrousel.inspection.hypotheses.blanks import Candidate, FilledBlank, fill_blank
from carrousel.inspection.hypotheses.notes import CLAIMS, NOTES, Blank, Claimed
from carrousel.inspection.hypotheses.patching import Patching, check_pair, patch
from carrousel.inspection.hypotheses.probes import Probe, UnitRank, probe_states, rank_units
from carrousel.inspection.hypotheses.sets import SETS, Labelled, Pair, ProbeSet, find_set, tokens_with_labels

__all__ = [
    "CLAIMS",
    "NOTES",
    "SETS",
    "Ablation",
    "Blank",
    "Candidate",
    "Claimed",
    "FilledBlank",
    "Labelled",
    "Pair",
    "Patching",
    "Probe",
    "ProbeSet",
    "UnitRank",
    "ablate",
    "check_pair",
    "fill_blank",
    "find_set",
    "patch",
    "probe_states",
    "rank_units",
    "tokens_with_labels",
]

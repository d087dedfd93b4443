"""What was measured and asked of a model, as tables: the terminal, the page and the JSON show the same."""

from carrousel.inspection.findings.finding import Finding, Grid
from carrousel.inspection.findings.measured import flow_table, flow_words, jacobian_curves, loss_curves, measured
from carrousel.inspection.findings.patched import patched
from carrousel.inspection.findings.probed import probed
from carrousel.inspection.findings.searched import Question, searched
from carrousel.inspection.findings.sided import over_checkpoints, side_by_side

__all__ = [
    "Finding",
    "Grid",
    "Question",
    "flow_table",
    "flow_words",
    "jacobian_curves",
    "loss_curves",
    "measured",
    "over_checkpoints",
    "patched",
    "probed",
    "searched",
    "side_by_side",
]

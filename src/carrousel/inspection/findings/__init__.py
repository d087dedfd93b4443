"""What was asked of a model and what was found, as tables: the terminal, the page and the JSON show the same."""

from carrousel.inspection.findings.finding import Finding
from carrousel.inspection.findings.measured import flow_table, measured
from carrousel.inspection.findings.patched import patched
from carrousel.inspection.findings.probed import probed
from carrousel.inspection.findings.searched import Question, searched

__all__ = ["Finding", "Question", "flow_table", "measured", "patched", "probed", "searched"]

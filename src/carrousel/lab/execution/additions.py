"""Sums of two numbers of the same length, learned from two digits to nine."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Final

from carrousel.lab.execution.runs import Size, examined, learn
from carrousel.lab.execution.told import mean_curve, share
from carrousel.lab.report import Finding, Report, Table
from carrousel.pages import Curves
from carrousel.text.tasks import Execution, Hardness
from carrousel.training.courses import Promotion

if TYPE_CHECKING:
    from carrousel.lab.workbench import Workbench

ADDED: Final = 0.99
"""Accuracy on sums of two numbers of nine digits (Zaremba & Sutskever 2014, abstract)."""

ADDITIONS: Final = Execution(kind="additions", hardest=Hardness(9), easiest=Hardness(2), reverse=True, backwards=True)
OF_ADDITIONS: Final = Size(
    cell="gru", batch=64, updates=200, checks=200, promotion=Promotion(enough=0.9, patience=8), enough=6
)
COLUMNS: Final = Execution(kind="columns", hardest=Hardness(9), easiest=Hardness(2), backwards=True)
OF_COLUMNS: Final = Size(
    cell="gru", batch=64, updates=100, checks=100, promotion=Promotion(enough=0.95, patience=8), enough=6
)
IN_A_ROW: Final = "read from the end and written from the end, so that carries come before they are needed"
BELOW: Final = (
    "as on paper: digits that are added are read one after the other, the ones first, and so is the sum written"
)


def additions(bench: Workbench) -> Report:
    """A network that learns to add numbers that stand after each other, by the combined curriculum."""
    return _added(bench, "sums", ADDITIONS, OF_ADDITIONS, IN_A_ROW)


def columns(bench: Workbench) -> Report:
    """The same of numbers that stand below each other."""
    return _added(bench, "sums in columns", COLUMNS, OF_COLUMNS, BELOW)


def _added(bench: Workbench, called: str, task: Execution, size: Size, way: str) -> Report:
    seed, kind = bench.seeds[0], task.kind
    run = learn(bench, f"{kind}-{seed}", task, "combined", size, seed)
    by_digits = {}
    for digits in range(1, task.hardest.length + 1):
        asked = replace(task, hardest=Hardness(digits), easiest=Hardness(1))
        by_digits[digits] = examined(bench, f"{kind}-{digits}-{seed}", run, asked, size, seed)
    last = by_digits[task.hardest.length]
    return Report(
        findings=[
            Finding(
                what=f"characters right, teacher-forced: {called}, two unseen numbers of {task.hardest.length} digits",
                ours=f"{share(last.characters)}; whole sums written freely {share(last.exact)}",
                published=f"{share(ADDED)} (two layers of 400)",
                verdict="agrees" if last.characters >= ADDED else "in part" if last.characters > 0.9 else "disagrees",
                because=(
                    f"one layer of {size.hidden} {size.cell} units, {run.sequences:,} rows, {run.seconds:,.0f} s, one "
                    f"seed; {way}"
                ),
            )
        ],
        parts=[
            Table(
                caption=f"{called} by the digits of their numbers, after {run.updates:,} updates, combined curriculum",
                columns=["digits", "characters, teacher-forced", "characters, free", "whole sums, free"],
                rows=[[d, share(e.characters), share(e.free), share(e.exact)] for d, e in by_digits.items()],
            ),
            Curves(
                title=f"{called} of numbers of {task.hardest.length} digits, combined curriculum",
                x="updates",
                y="characters right in validation",
                curves={
                    f"{task.hardest.length} digits": mean_curve([run.checks]),
                    "the stage": [(line["update"], line["stage_accuracy"]) for line in run.checks],
                },
            ),
            Curves(
                title=f"digits of the curriculum's stage, {called}",
                x="updates",
                y="digits",
                curves={called: [(line["update"], task.easiest.length + line["stage"] - 1) for line in run.checks]},
            ),
        ],
        figures={kind: {str(digits): asdict(one) for digits, one in by_digits.items()}},
    )

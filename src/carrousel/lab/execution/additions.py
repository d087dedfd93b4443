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


def additions(bench: Workbench) -> Report:
    """One network that learns to add, by the combined curriculum."""
    size, seed, task = OF_ADDITIONS, bench.seeds[0], ADDITIONS
    run = learn(bench, f"additions-{seed}", task, "combined", size, seed)
    by_digits = {}
    for digits in range(1, task.hardest.length + 1):
        asked = replace(task, hardest=Hardness(digits), easiest=Hardness(1))
        by_digits[digits] = examined(bench, f"additions-{digits}-{seed}", run, asked, size, seed)
    last = by_digits[task.hardest.length]
    return Report(
        findings=[
            Finding(
                what=f"characters of sums of two unseen numbers of {task.hardest.length} digits right, teacher-forced",
                ours=f"{share(last.characters)}; whole sums written freely {share(last.exact)}",
                published=f"{share(ADDED)} (two layers of 400)",
                verdict="agrees" if last.characters >= ADDED else "in part" if last.characters > 0.9 else "disagrees",
                because=(
                    f"one layer of {size.hidden} {size.cell} units, {run.sequences:,} rows, {run.seconds:,.0f} s, one "
                    "seed; read from the end and written from the end, so that carries come before they are needed"
                ),
            )
        ],
        parts=[
            Table(
                caption=f"sums by the digits of their numbers, after {run.updates:,} updates, combined curriculum",
                columns=["digits", "characters, teacher-forced", "characters, free", "whole sums, free"],
                rows=[[d, share(e.characters), share(e.free), share(e.exact)] for d, e in by_digits.items()],
            ),
            Curves(
                title=f"sums of numbers of {task.hardest.length} digits, combined curriculum",
                x="updates",
                y="characters right in validation",
                curves={
                    f"{task.hardest.length} digits": mean_curve([run.checks]),
                    "the stage": [(line["update"], line["stage_accuracy"]) for line in run.checks],
                },
            ),
            Curves(
                title="digits of the curriculum's stage",
                x="updates",
                y="digits",
                curves={"sums": [(line["update"], task.easiest.length + line["stage"] - 1) for line in run.checks]},
            ),
        ],
        figures={"additions": {str(digits): asdict(one) for digits, one in by_digits.items()}},
    )

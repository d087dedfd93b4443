"""Learning to Execute: a network reads short programs and writes what they print (Zaremba & Sutskever 2014)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from carrousel.lab.claim import Claim
from carrousel.lab.execution.additions import additions, columns
from carrousel.lab.execution.copies import copies
from carrousel.lab.execution.programs import programs
from carrousel.lab.report import Report

if TYPE_CHECKING:
    from carrousel.lab.workbench import Workbench


def measure(bench: Workbench) -> Report:
    """Programs; in full also sums and copies."""
    made = [part(bench) for part in bench.pick((programs, additions, columns, copies), (programs,))]
    return Report(
        findings=[finding for one in made for finding in one.findings],
        parts=[part for one in made for part in one.parts],
        figures={name: value for one in made for name, value in one.figures.items()},
    )


CLAIM: Final = Claim(
    name="learning-to-execute",
    title="A recurrent network learns to run short programs, and a curriculum decides how well",
    source="Zaremba & Sutskever 2014, Learning to Execute; lecture notes, applications, item 105",
    says=(
        "An LSTM that reads a program character by character can write what it prints. Of four curricula the combined "
        "one is the best on programs, and the naive one is sometimes worse than none; two numbers of nine digits are "
        "added with 99 % of the characters right; digits are copied better when they are read reversed or twice."
    ),
    protocol=(
        "Programs of six operations, sums, and digits to be copied are drawn afresh for every update. The loss is on "
        "the answer's characters alone. Accuracy is the share of them that are right while the right ones before are "
        "known, as in the paper; beside it stand answers that the network writes freely. Questions of the test are "
        "never trained on."
    ),
    run=measure,
    seeds=2,
    minutes=45.0,
)

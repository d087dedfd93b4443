"""Shares, tables and curves of what networks answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import mean, stdev
from typing import Any, Final

from carrousel.lab.execution.runs import Examined
from carrousel.lab.report import Table

MARGIN: Final = 0.01
"""Shares that differ by less than this are called alike: so much do two drawings of the test differ."""


def share(value: float) -> str:
    """A share in words."""
    return f"{100 * value:.1f} %"


def over_seeds(
    found: Mapping[tuple[str, int], Examined], *, what: str, ways: Sequence[str], seeds: Sequence[int]
) -> Table:
    """How the networks of each way answer the test, over the seeds."""

    def spread(way: str, name: str) -> str:
        values = [getattr(found[way, seed], name) for seed in seeds]
        return share(mean(values)) + (f" ± {100 * stdev(values):.1f}" if len(values) > 1 else "")

    names = ("characters", "free", "exact")
    many = f"mean and standard deviation over {len(seeds)} seeds" if len(seeds) > 1 else f"seed {seeds[0]}"
    return Table(
        caption=f"{what}, questions of the test: {many}",
        columns=["", "characters, teacher-forced", "characters, free", "whole answers, free"],
        rows=[[way, *(spread(way, name) for name in names)] for way in ways],
    )


def mean_curve(checks: Sequence[Sequence[Mapping[str, Any]]]) -> list[tuple[float, float]]:
    """The share of characters right at each check: its mean over runs, as long as all of them go on."""
    return [(lines[0]["update"], mean(line["step_accuracy"] for line in lines)) for lines in zip(*checks, strict=False)]

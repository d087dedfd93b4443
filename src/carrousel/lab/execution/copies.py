"""Digits to be written once more, which may be read from their end, or twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from statistics import mean
from typing import TYPE_CHECKING, Any, Final

from carrousel.lab.execution.runs import Examined, Size, examined, learn
from carrousel.lab.execution.told import MARGIN, over_seeds, share
from carrousel.lab.report import Finding, Report, verdict_of
from carrousel.text.tasks import Execution, Hardness

if TYPE_CHECKING:
    from carrousel.lab.workbench import Workbench

COPIES: Final = Execution(kind="copies", hardest=Hardness(15))
WAYS: Final[Mapping[str, dict[str, Any]]] = {
    "as they are": {},
    "reversed": {"reverse": True},
    "doubled": {"double": True},
    "reversed and doubled": {"reverse": True, "double": True},
}
"""How the digits that are to be copied are read."""
OF_COPIES: Final = Size(batch=64, updates=50, checks=12)


def copies(bench: Workbench) -> Report:
    """Digits to be written again, read in four ways."""
    size, seeds = OF_COPIES, bench.seeds
    found: dict[tuple[str, int], Examined] = {}
    for way, how in WAYS.items():
        task = replace(COPIES, **how)
        for seed in seeds:
            name = f"copies-{way.replace(' ', '-')}-{seed}"
            run = learn(bench, name, task, "mixed", size, seed)
            found[way, seed] = examined(bench, name, run, task, size, seed)
    means = {way: mean(found[way, seed].characters for seed in seeds) for way in WAYS}
    plain, *others = WAYS
    helped = [way for way in others if means[way] > means[plain] + MARGIN]
    return Report(
        findings=[
            Finding(
                what=f"{COPIES.hardest.length} digits copied: characters right, teacher-forced, {len(seeds)} seeds",
                ours=", ".join(f"{way} {share(means[way])}" for way in WAYS),
                published="reversing and doubling what is read both help",
                verdict=verdict_of(len(helped), len(others)),
                because="mixed curriculum; the same number of updates, so what is read twice takes twice the time",
            )
        ],
        parts=[over_seeds(found, what="digits copied", ways=tuple(WAYS), seeds=seeds)],
        figures={"copies": {f"{way}-{seed}": asdict(one) for (way, seed), one in found.items()}},
    )

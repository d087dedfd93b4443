"""Hessian-free optimisation on tasks with long lags, against descent that gets as much time and as many updates."""

from __future__ import annotations

from typing import Any, Final

from carrousel.lab.claim import Claim
from carrousel.lab.hessian_free.contests import memory_contest, order_contest, slide_contest
from carrousel.lab.hessian_free.running import RIVALS, compete
from carrousel.lab.hessian_free.telling import draw, judge, tabulate
from carrousel.lab.report import Finding, Part, Report
from carrousel.lab.workbench import Workbench

UPDATES: Final = 2000
"""How often descent may try, at least."""


def _run(bench: Workbench) -> Report:
    contests = bench.pick(
        (slide_contest(30), memory_contest(20), order_contest(40)),
        (slide_contest(12, hidden=15, updates=60, variants={}),),
    )
    rivals = bench.pick(RIVALS, RIVALS[1:2])
    least = bench.pick(UPDATES, 200)
    findings: list[Finding] = []
    parts: list[Part] = []
    figures: dict[str, Any] = {}
    for contest in contests:
        tries = compete(bench, contest, rivals, least=least)
        findings += judge(contest, tries, least=least)
        parts += [tabulate(contest, tries), draw(contest, tries, seed=bench.seeds[0])]
        figures[contest.name] = [{k: v for k, v in vars(t).items() if k != "losses"} for t in tries]
    return Report(findings=findings, parts=parts, figures=figures)


CLAIM = Claim(
    name="hessian-free",
    title="Hessian-free optimisation learns long lags from starts where gradient descent does not",
    source="Martens & Sutskever 2011; Martens 2010; lecture notes on LSTM (alternatives)",
    says="A second-order method with structural damping trains plain recurrent networks on tasks with long lags, where "
    "descent along the gradient fails.",
    protocol="A tanh network with the paper's sparse start, the same for all optimisers: the notes' two sequences at "
    "lag 30 (30 units, all of the data at every update, loss on every step), five bits kept for 20 steps, and the "
    "order of two symbols in 40 steps (50 units). Hessian-free updates with one setting a task; Adam at three rates "
    "and descent with momentum at two, gradient clipped to 1, with at least 2,000 updates and the wall time that "
    "Hessian-free took with its compiling. Solved: the last symbol known with more than 0.95 on both sequences; all "
    "bits of all 32 sequences right; at most 1% of 1,000 fresh sequences wrong.",
    run=_run,
    minutes=12.0,
)

"""Who solved a task, in what time and with how many updates."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from statistics import median
from typing import Final

from carrousel.lab.hessian_free.contests import Contest
from carrousel.lab.hessian_free.running import OURS, Try
from carrousel.lab.report import Finding, Table
from carrousel.pages import Curves

PUBLISHED: Final = "Hessian-free learns where gradient descent fails"
Limit = Callable[[Try], float]


def judge(contest: Contest, tries: Sequence[Try], *, least: int) -> list[Finding]:
    """The wall time first, with all that it takes and without compiling, then the updates."""
    ours = {each.seed: each for each in tries if each.name == OURS}
    theirs = [each for each in tries if not each.name.startswith(OURS)]
    won, count = [each for each in ours.values() if each.solved], len(ours)

    def finding(
        what: str, size: Callable[[Try], float], told: Callable[[Iterable[float]], str], most: Limit
    ) -> Finding:
        kept = {name: [t for t in theirs if t.name == name and t.solved and size(t) <= most(t)] for name in names}
        best = max(kept, key=lambda n: (len(kept[n]), -median([size(t) for t in kept[n]] or [math.inf])))
        rival = f"the best of descent, {best}, {len(kept[best])} of {count}" if kept[best] else "descent none at all"
        sizes = [f" ({told(size(t) for t in of)})" if of else "" for of in (won, kept[best])]
        beaten = len(kept[best]) > len(won) or (len(kept[best]) == len(won) and _less(kept[best], won, size))
        return Finding(
            what=f"{contest.title}: solved {what}",
            ours=f"Hessian-free {len(won)} of {count}{sizes[0]}; {rival}{sizes[1]}",
            published=PUBLISHED,
            verdict="disagrees" if beaten else "in part" if kept[best] or len(won) < count else "agrees",
        )

    names = dict.fromkeys(each.name for each in theirs)
    return [
        finding(
            "in the wall time of Hessian-free, each with its compiling",
            lambda t: t.seconds + t.compiling,
            _span,
            lambda t: ours[t.seed].seconds + ours[t.seed].compiling,
        ),
        finding(
            "in the wall time of Hessian-free, each without compiling",
            lambda t: t.seconds,
            _span,
            lambda t: ours[t.seed].seconds,
        ),
        finding(
            f"within {least:,} updates, each of Hessian-free with many products",
            lambda t: t.updates,
            lambda n: f"{_counts(n)} updates",
            lambda _: least,
        ),
    ]


def _less(some: Sequence[Try], others: Sequence[Try], size: Callable[[Try], float]) -> bool:
    """Whether some took less than others, by medians; nobody takes less than nobody."""
    return bool(some) and median(map(size, some)) < median(map(size, others))


def _span(seconds: Iterable[float]) -> str:
    ordered = sorted(seconds)
    return f"{ordered[0]:.1f} to {ordered[-1]:.1f} s" if len(ordered) > 1 else f"{ordered[0]:.1f} s"


def _counts(numbers: Iterable[float]) -> str:
    ordered = sorted(numbers)
    return f"{ordered[0]:,} to {ordered[-1]:,}" if len(ordered) > 1 else f"{ordered[0]:,}"


def tabulate(contest: Contest, tries: Sequence[Try]) -> Table:
    """Every optimiser, its seeds side by side."""
    rows = []
    for name in dict.fromkeys(each.name for each in tries):
        of = [each for each in tries if each.name == name]
        solved = [each for each in of if each.solved]
        rows.append(
            (
                name,
                f"{len(solved)} of {len(of)}",
                _counts(t.updates for t in of),
                _span(t.seconds for t in of),
                _span(t.compiling for t in of),
                _counts(t.products for t in of),
                " ".join(f"{t.losses[-1][1]:.3f}" for t in of),
            )
        )
    columns = [
        "optimiser",
        "solved",
        "updates made",
        "without compiling",
        "compiling",
        "products",
        "loss at the end, by seed",
    ]
    return Table(caption=contest.title, columns=columns, rows=rows)


def draw(contest: Contest, tries: Sequence[Try], *, seed: int) -> Curves:
    """The loss of one seed over the wall time."""
    curves = {t.name: [(max(s, 1e-2), loss) for s, loss in t.losses] for t in tries if t.seed == seed}
    return Curves(
        title=f"{contest.title}, seed {seed}",
        x="seconds without compiling",
        y="loss, nats a target",
        curves=curves,
        log_x=True,
        log_y=True,
    )

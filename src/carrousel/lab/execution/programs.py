"""Programs, learned by four curricula; and the notes' own program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from statistics import mean
from typing import TYPE_CHECKING, Any, Final

from carrousel.generation.answers import free_answers
from carrousel.lab.execution.runs import Examined, Size, examined, guessed, learn
from carrousel.lab.execution.told import MARGIN, mean_curve, over_seeds, share
from carrousel.lab.report import Finding, Report
from carrousel.pages import Curves
from carrousel.text.tasks import STRATEGIES, Execution, Hardness, run_program

if TYPE_CHECKING:
    from carrousel.lab.workbench import Workbench
    from carrousel.training.tasks import Learned

NOTES: Final = "j=8584; for x in range(8): j+=920; b=(1500+j); print((b+7567))"
"""The program of the lecture notes."""
PRINTED: Final = "25011"
"""What the notes say that it prints."""
PROGRAMS: Final = Execution(hardest=Hardness(2, 2), row=140)
OF_PROGRAMS: Final = Size()
REDUCED: Final = Size(cell="gru", hidden=32, batch=16, updates=40, checks=8, learning_rate=0.01, block=64, examined=100)


def programs(bench: Workbench) -> Report:
    """Train by four curricula, and ask each network for the notes' program too."""
    size = bench.pick(OF_PROGRAMS, REDUCED)
    task = bench.pick(PROGRAMS, Execution(hardest=Hardness(1, 1), row=45))
    strategies = bench.pick(tuple(STRATEGIES), ("combined",))
    blind = float(bench.kept("guessed", lambda: guessed(task, count=5 * size.examined)))
    learned = {
        (strategy, seed): learn(bench, f"programs-{strategy}-{seed}", task, strategy, size, seed)
        for seed in bench.seeds
        for strategy in strategies
    }
    found = {
        (strategy, seed): examined(bench, f"programs-{strategy}-{seed}", run, task, size, seed)
        for (strategy, seed), run in learned.items()
    }
    answers = {place: _notes(bench, place, run) for place, run in learned.items()}
    figures: dict[str, Any] = {
        "guessed": blind,
        "programs": {f"{strategy}-{seed}": asdict(one) for (strategy, seed), one in found.items()},
        "notes": {f"{strategy}-{seed}": answer for (strategy, seed), answer in answers.items()},
    }
    findings = [_interpreted(), _asked(answers), *_curricula(found, strategies, bench.seeds, blind)]
    parts: list[Any] = [
        _setting(task, size, learned),
        over_seeds(found, what="programs", ways=strategies, seeds=bench.seeds),
        _climb(learned, strategies, task),
    ]
    return Report(findings=findings, parts=parts, figures=figures)


def _notes(bench: Workbench, place: tuple[str, int], run: Learned) -> str:
    """What a network writes to the notes' program, spaces taken out, which no program that it has read has."""
    text = NOTES.replace("; ", "#").replace(": ", ":")
    name = "-".join(map(str, place))
    return str(bench.kept(f"notes-{name}", lambda: free_answers(run.network, [text], most=9)[0]))


def _interpreted() -> Finding:
    ours = str(run_program(NOTES))
    return Finding(
        what=f"what our interpreter prints for the notes' program, {NOTES}",
        ours=ours,
        published=PRINTED,
        verdict="agrees" if ours == PRINTED else "disagrees",
        because="the body of the loop is j+=920 alone",
    )


def _asked(answers: Mapping[tuple[str, int], str]) -> Finding:
    written = ", ".join(f"{strategy} {seed}: {answer or 'nothing'}" for (strategy, seed), answer in answers.items())
    right = sum(answer == PRINTED for answer in answers.values())
    return Finding(
        what="what the networks write for it, character by character",
        ours=f"{written}; {right} of {len(answers)} right",
        because="its numbers are longer and its operations more than those of any program that they have read",
    )


def _curricula(
    found: Mapping[tuple[str, int], Examined], strategies: Sequence[str], seeds: Sequence[int], blind: float
) -> list[Finding]:
    """Which strategy is the best, and whether the naive one is worse than none."""
    means = {strategy: mean(found[strategy, seed].characters for seed in seeds) for strategy in strategies}
    shown = ", ".join(f"{strategy} {share(means[strategy])}" for strategy in sorted(means, key=lambda s: -means[s]))
    what = f"characters of unseen programs right, teacher-forced, mean of {len(seeds)} seeds"
    why = f"without reading the question {share(blind)} are right"
    if len(strategies) < len(STRATEGIES):
        return [Finding(what=what, ours=shown, because=why)]
    ahead = means["combined"] - max(means[other] for other in means if other != "combined")
    behind = [seed for seed in seeds if found["naive", seed].characters < found["baseline", seed].characters]
    return [
        Finding(
            what=what,
            ours=shown,
            published="combined is the best in every configuration of programs",
            verdict="agrees" if ahead > MARGIN else "disagrees" if ahead < -MARGIN else "in part",
            because=f"{why}; all have the same number of updates, few beside the paper's",
        ),
        Finding(
            what="seeds in which the naive curriculum ends below the baseline",
            ours=f"{len(behind)} of {len(seeds)}",
            published="naive is sometimes worse than baseline",
            verdict="agrees" if behind else "disagrees",
        ),
    ]


def _setting(task: Execution, size: Size, learned: Mapping[tuple[str, int], Learned]) -> str:
    many, seconds = size.updates * size.checks, mean(run.seconds for run in learned.values())
    return (
        f"Programs: numbers of up to {task.hardest.length} digits, {task.hardest.nesting} operations; one layer of "
        f"{size.hidden} {size.cell} units, Adam, {many:,} updates of {size.batch} rows of {task.steps} characters, "
        f"{seconds:,.0f} s a run. Each row is filled with whole programs, and the state is zero at the start of each. "
        f"A curriculum goes on when a check finds more than {share(size.promotion.enough)} of the characters right or "
        f"{size.promotion.patience} checks have brought nothing. A hash of its text says whether a program is for "
        "training, for validation or for the test."
    )


def _climb(learned: Mapping[tuple[str, int], Learned], strategies: Sequence[str], task: Execution) -> Curves:
    return Curves(
        title=f"programs of length {task.hardest.length}, nesting {task.hardest.nesting}, by curriculum",
        x="updates",
        y="characters right in validation, mean of the seeds",
        curves={
            strategy: mean_curve([run.checks for (name, _), run in learned.items() if name == strategy])
            for strategy in strategies
        },
    )

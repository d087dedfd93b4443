"""Learning to Execute: a network reads short programs and writes what they print (Zaremba & Sutskever 2014)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from statistics import mean, stdev
from typing import TYPE_CHECKING, Any, Final

from carrousel.generation.answers import free_answers
from carrousel.lab.claim import Claim
from carrousel.lab.execution_runs import Examined, Size, examine, guessed, learn
from carrousel.lab.report import Finding, Report, Table
from carrousel.pages import Curves
from carrousel.text.tasks import STRATEGIES, Execution, Hardness, run_program
from carrousel.training.courses import Promotion

if TYPE_CHECKING:
    from carrousel.lab.workbench import Workbench
    from carrousel.training.tasks import Learned

NOTES: Final = "j=8584; for x in range(8): j+=920; b=(1500+j); print((b+7567))"
"""The program of the lecture notes."""
PRINTED: Final = "25011"
"""What the notes say that it prints."""
ADDED: Final = 0.99
"""Accuracy on sums of two numbers of nine digits (Zaremba & Sutskever 2014, abstract)."""

PROGRAMS: Final = Execution(hardest=Hardness(2, 2), row=140)
ADDITIONS: Final = Execution(kind="additions", hardest=Hardness(9), easiest=Hardness(2), reverse=True, backwards=True)
COPIES: Final = Execution(kind="copies", hardest=Hardness(15))
WAYS: Final[Mapping[str, dict[str, Any]]] = {
    "as they are": {},
    "reversed": {"reverse": True},
    "doubled": {"double": True},
    "reversed and doubled": {"reverse": True, "double": True},
}
"""How the digits that are to be copied are read."""
OF_PROGRAMS: Final = Size()
OF_COPIES: Final = Size(batch=64, updates=50, checks=12)
OF_ADDITIONS: Final = Size(
    cell="gru", batch=64, updates=200, checks=200, promotion=Promotion(enough=0.9, patience=8), enough=6
)
REDUCED: Final = Size(cell="gru", hidden=32, batch=16, updates=40, checks=8, learning_rate=0.01, block=64, examined=100)


def measure(bench: Workbench) -> Report:
    """Train by four curricula, add, copy, and ask each network for the notes' program."""
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
        (strategy, seed): _examined(bench, f"programs-{strategy}-{seed}", run, task, size, seed)
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
        _table(found, strategies, bench.seeds),
        _climb(learned, strategies, task),
    ]
    if bench.scale == "full":
        for made in (_additions(bench), _copies(bench)):
            findings += made.findings
            parts += made.parts
            figures |= made.figures
    return Report(findings=findings, parts=parts, figures=figures)


def _examined(bench: Workbench, name: str, run: Learned, task: Execution, size: Size, seed: int) -> Examined:
    return Examined(**bench.kept(f"test-{name}", lambda: asdict(examine(run.network, task, size, seed))))


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
    shown = ", ".join(f"{strategy} {_share(means[strategy])}" for strategy in sorted(means, key=lambda s: -means[s]))
    what = f"characters of unseen programs right, teacher-forced, mean of {len(seeds)} seeds"
    why = f"without reading the question {_share(blind)} are right"
    if len(strategies) < len(STRATEGIES):
        return [Finding(what=what, ours=shown, because=why)]
    best = max(means, key=lambda strategy: means[strategy])
    behind = [seed for seed in seeds if found["naive", seed].characters < found["baseline", seed].characters]
    return [
        Finding(
            what=what,
            ours=shown,
            published="combined is the best in every configuration of programs",
            verdict="agrees" if best == "combined" else "disagrees",
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
        f"A curriculum goes on when a check finds more than {_share(size.promotion.enough)} of the characters right or "
        f"{size.promotion.patience} checks have brought nothing. A hash of its text says whether a program is for "
        "training, for validation or for the test."
    )


def _table(found: Mapping[tuple[str, int], Examined], strategies: Sequence[str], seeds: Sequence[int]) -> Table:
    def spread(strategy: str, name: str) -> str:
        values = [getattr(found[strategy, seed], name) for seed in seeds]
        return _share(mean(values)) + (f" ± {100 * stdev(values):.1f}" if len(values) > 1 else "")

    names = ("characters", "free", "exact")
    return Table(
        caption=f"programs of the test: mean and standard deviation over {len(seeds)} seeds",
        columns=["curriculum", "characters, teacher-forced", "characters, free", "whole answers, free"],
        rows=[[strategy, *(spread(strategy, name) for name in names)] for strategy in strategies],
    )


def _climb(learned: Mapping[tuple[str, int], Learned], strategies: Sequence[str], task: Execution) -> Curves:
    return Curves(
        title=f"programs of length {task.hardest.length}, nesting {task.hardest.nesting}, by curriculum",
        x="updates",
        y="characters right in validation, mean of the seeds",
        curves={
            strategy: _mean_curve([run.checks for (name, _), run in learned.items() if name == strategy])
            for strategy in strategies
        },
    )


def _mean_curve(checks: Sequence[Sequence[Mapping[str, Any]]]) -> list[tuple[float, float]]:
    return [(lines[0]["update"], mean(line["step_accuracy"] for line in lines)) for lines in zip(*checks, strict=False)]


def _additions(bench: Workbench) -> Report:
    """One network that learns to add, by the combined curriculum."""
    size, seed, task = OF_ADDITIONS, bench.seeds[0], ADDITIONS
    run = learn(bench, f"additions-{seed}", task, "combined", size, seed)
    by_digits = {}
    for digits in range(1, task.hardest.length + 1):
        asked = replace(task, hardest=Hardness(digits), easiest=Hardness(1))
        by_digits[digits] = _examined(bench, f"additions-{digits}-{seed}", run, asked, size, seed)
    last = by_digits[task.hardest.length]
    return Report(
        findings=[
            Finding(
                what=f"characters of sums of two unseen numbers of {task.hardest.length} digits right, teacher-forced",
                ours=f"{_share(last.characters)}; whole sums written freely {_share(last.exact)}",
                published=f"{_share(ADDED)} (two layers of 400)",
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
                rows=[[d, _share(e.characters), _share(e.free), _share(e.exact)] for d, e in by_digits.items()],
            ),
            Curves(
                title=f"sums of numbers of {task.hardest.length} digits, combined curriculum",
                x="updates",
                y="characters right in validation",
                curves={
                    f"{task.hardest.length} digits": _mean_curve([run.checks]),
                    "the stage": [(line["update"], line["stage_accuracy"]) for line in run.checks],
                },
            ),
            Curves(
                title="digits of the curriculum's stage",
                x="updates",
                y="digits",
                curves={"sums": [(line["update"], line["stage"]) for line in run.checks]},
            ),
        ],
        figures={"additions": {str(digits): asdict(one) for digits, one in by_digits.items()}},
    )


def _copies(bench: Workbench) -> Report:
    """Digits to be written again, read in four ways."""
    size, seeds = OF_COPIES, bench.seeds
    found: dict[tuple[str, int], Examined] = {}
    for way, how in WAYS.items():
        task = replace(COPIES, **how)
        for seed in seeds:
            name = f"copies-{way.replace(' ', '-')}-{seed}"
            run = learn(bench, name, task, "mixed", size, seed)
            found[way, seed] = _examined(bench, name, run, task, size, seed)
    means = {way: mean(found[way, seed].characters for seed in seeds) for way in WAYS}
    plain, *others = WAYS
    helped = [way for way in others if means[way] > means[plain]]
    return Report(
        findings=[
            Finding(
                what=f"{COPIES.hardest.length} digits copied: characters right, teacher-forced, {len(seeds)} seeds",
                ours=", ".join(f"{way} {_share(means[way])}" for way in WAYS),
                published="reversing and doubling what is read both help",
                verdict="agrees" if len(helped) == len(others) else "in part" if helped else "disagrees",
                because="mixed curriculum; the same number of updates, so what is read twice takes twice the time",
            )
        ],
        parts=[_table(found, tuple(WAYS), seeds)],
        figures={"copies": {f"{way}-{seed}": asdict(one) for (way, seed), one in found.items()}},
    )


def _share(value: float) -> str:
    return f"{100 * value:.1f} %"


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

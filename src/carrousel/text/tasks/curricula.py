"""In which order questions become harder: the four strategies of Zaremba & Sutskever 2014."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from carrousel.text.tasks.checks import check_one_of
from carrousel.text.tasks.execution import Execution
from carrousel.text.tasks.questions import Hardness

Stages = tuple[Execution, ...]
MIXED: Final = 0.2
"""Share of the combined strategy's questions that are drawn as the mixed strategy draws them; the others are as hard
as the naive strategy's. The paper does not say it; this is what its authors' program has."""


def stages(task: Execution, strategy: str) -> Stages:
    """The tasks that lead to this one, the easiest first; a run goes from one to the next when it has learned it."""
    check_one_of(tuple(STRATEGIES), strategy=strategy)
    return STRATEGIES[strategy](task)


def _baseline(task: Execution) -> Stages:
    """As hard as in the end, from the start."""
    return (replace(task, current=None, mixed=0.0),)


def _naive(task: Execution) -> Stages:
    """Length grows from its least to its end, then nesting by one, and length from its least again."""
    lengths, nestings = (range(least, most + 1) for least, most in zip(task.easiest, task.hardest, strict=True))
    steps = [Hardness(length, nesting) for nesting in nestings for length in lengths]
    return tuple(replace(task, current=step, mixed=0.0) for step in steps)


def _mixed(task: Execution) -> Stages:
    """Length and nesting of each question are drawn, each from its least to its end."""
    return (replace(task, current=None, mixed=1.0),)


def _combined(task: Execution) -> Stages:
    """As the naive strategy, with a share of mixed questions at every stage."""
    return tuple(replace(stage, mixed=MIXED) for stage in _naive(task))


STRATEGIES: Final[Mapping[str, Callable[[Execution], Stages]]] = {
    "baseline": _baseline,
    "naive": _naive,
    "mixed": _mixed,
    "combined": _combined,
}

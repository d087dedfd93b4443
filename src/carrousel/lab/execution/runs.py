"""What the claim of Learning to Execute trains, and how a trained network is examined."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from carrousel.generation.answers import free_answers
from carrousel.models import SequenceModel
from carrousel.text.tasks import Execution, Question, stages
from carrousel.training.courses import Promotion
from carrousel.training.criteria import Criterion
from carrousel.training.settings import TrainingSettings
from carrousel.training.task_judging import judge_on_task
from carrousel.training.task_objectives import most_probable
from carrousel.training.task_plan import Stage, TaskPlan

if TYPE_CHECKING:
    from carrousel.lab.workbench import Workbench
    from carrousel.training.tasks import Learned

ROWS = 128
"""Rows of a check."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """How large a network is and how long it learns."""

    cell: str = "lstm"
    hidden: int = 128
    batch: int = 32
    """Rows of an update."""
    updates: int = 30
    """Updates between two checks."""
    checks: int = 40
    learning_rate: float = 3e-3
    promotion: Promotion = Promotion(enough=0.8, patience=2)  # noqa: RUF009 - frozen
    block: int = 1024
    """Rows that are drawn at once."""
    enough: int | None = None
    """Rows of a check that may be wrong for the run to end before its last check."""
    examined: int = 1000
    """Questions of the test that are answered freely, and rows of the test."""

    @property
    def steady(self) -> int:
        """Checks before the learning rate begins to fall: it falls over the last quarter, to a fifteenth."""
        return max(1, round(0.75 * self.checks))

    @property
    def training(self) -> dict[str, Any]:
        """The settings of its training."""
        falls = max(1, self.checks - self.steady)
        how = {"optimiser": "adam", "average": "tokens", "clip": 1.0, "schedule": "steps", "checkpoint": 60.0}
        return {
            **how,
            "batch": self.batch,
            "epochs": self.checks,
            "learning_rate": self.learning_rate,
            "steady": self.steady,
            "decay": 15.0 ** (1 / falls),
        }


@dataclass(frozen=True)
class Examined:
    """How a network answers questions that it has never seen."""

    characters: float
    """The share of the answers' characters that are right, the right ones before being known."""
    exact: float
    """The share of the answers that are right as a whole, each character written after the network's own."""
    free: float
    """The share of the characters that are right then, at their places."""


def learn(bench: Workbench, name: str, task: Execution, strategy: str, size: Size, seed: int) -> Learned:
    """Train a network by a curriculum; a run of this name that is there goes on, or gives its result again."""
    return bench.train(name, plan_for(task, strategy, size, seed))


def plan_for(task: Execution, strategy: str, size: Size, seed: int) -> TaskPlan:
    """A network of a size, and the curriculum that leads it to a task."""
    of_network = jax.random.split(jax.random.key(seed))[0]
    how: dict[str, Any] = {"inputs": task.inputs, "outputs": task.outputs, "hidden": size.hidden}
    return TaskPlan(
        network=SequenceModel(size.cell, key=of_network, **how),
        task=task,
        check=replace(task, part="valid"),
        loss="softmax",
        right=most_probable,
        training=TrainingSettings(**size.training, seed=seed),
        updates=size.updates,
        test=ROWS,
        stages=[Stage(stage, _checked(stage)) for stage in stages(task, strategy)],
        promotion=size.promotion,
        block=size.block,
        criterion=Criterion(test_wrong=size.enough),
        named={"cell": size.cell, "hidden": size.hidden, "strategy": strategy},
    )


def examine(network: Any, task: Execution, size: Size, seed: int) -> Examined:
    """Ask a network for answers to questions of the test, as hard as the task's hardest."""
    test = replace(task, part="test", current=None, mixed=0.0)
    told = judge_on_task(plan_for(test, "baseline", size, seed), network, count=max(ROWS, size.examined // 8))
    asked = test.ask(np.random.default_rng([seed, 7]), size.examined)
    answers = free_answers(network, [question.text for question in asked], most=test.longest_answer)
    exact, free = compared(asked, answers)
    return Examined(characters=float(told["step_accuracy"]), exact=exact, free=free)


def guessed(task: Execution, *, count: int) -> float:
    """The share of characters that is right without reading a question.

    It is the character that most often follows what the answer begins with, counted in `count` questions of training
    and tried on as many of the test: what a network has to beat to have learned anything of programs.
    """
    follows: dict[str, Counter[str]] = {}
    for answer, place, character in _characters(replace(task, part="train"), count):
        follows.setdefault(answer[:place], Counter())[character] += 1
    tried = list(_characters(replace(task, part="test"), count))
    hits = [
        begun in follows and follows[begun].most_common(1)[0][0] == character
        for begun, character in ((answer[:place], character) for answer, place, character in tried)
    ]
    return sum(hits) / len(hits)


def _characters(task: Execution, count: int) -> Iterator[tuple[str, int, str]]:
    """Every character of some answers, with its answer and place; the end is one."""
    for _, answer in replace(task, current=None, mixed=0.0).ask(np.random.default_rng(11), count):
        yield from ((answer, place, character) for place, character in enumerate(f"{answer}."))


def examined(bench: Workbench, name: str, run: Learned, task: Execution, size: Size, seed: int) -> Examined:
    """The same of a run's network, kept under a name."""
    return Examined(**bench.kept(f"test-{name}", lambda: asdict(examine(run.network, task, size, seed))))


def compared(asked: Sequence[Question], answers: Sequence[str]) -> tuple[float, float]:
    """The share of answers that are right, and of characters that stand where they should, the end among them."""
    exact = [answer == question.answer for question, answer in zip(asked, answers, strict=True)]
    pairs = [(f"{question.answer}.", f"{answer}.") for question, answer in zip(asked, answers, strict=True)]
    hits = sum(wanted == came for pair in pairs for wanted, came in zip(*pair, strict=False))
    return sum(exact) / len(exact), hits / sum(len(wanted) for wanted, _ in pairs)


def _checked(stage: Execution) -> Execution:
    """What tells whether a stage is learned: its own hardness, without the questions that are mixed in."""
    return replace(stage, part="valid", mixed=0.0 if stage.mixed < 1 else 1.0)

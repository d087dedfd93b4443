"""Networks as they are trained today on a task: Adam, a clipped gradient, a handful of sequences an update."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Final

import jax

from carrousel.engine import Start
from carrousel.models import SequenceModel
from carrousel.text.tasks import Task
from carrousel.training.criteria import Criterion
from carrousel.training.settings import TrainingSettings
from carrousel.training.task_objectives import LossName, Right
from carrousel.training.task_plan import TaskPlan
from carrousel.training.tasks import Learned

UNIFORM: Final = Start(recurrent="uniform", input="uniform")
"""All matrices evenly within one over the root of their columns, as plain networks were started before."""


@dataclass(frozen=True, kw_only=True)
class Net:
    """A network and its way of learning."""

    name: str
    """What a report calls it."""
    cell: str = "lstm"
    hidden: int = 32
    start: Start | None = None
    """How the letters start; by default orthogonal recurrent matrices, and what the cell's row says."""
    learning_rate: float = 5e-3
    batch: int = 32
    clip: float = 1.0
    optimiser: Any = "adam"


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A task, what is right, and how long a network may try."""

    task: Task
    loss: LossName
    right: Right
    criterion: Criterion
    updates: int
    """Updates at most."""
    every: int = 50
    """Updates between two checks."""
    test: int = 256
    """Sequences of a check."""
    carried: bool = False
    """Whether streams go on from update to update."""


def plan_of(net: Net, trial: Trial, *, seed: int) -> TaskPlan:
    """The network at its start, and what it is to learn."""
    network = SequenceModel(
        net.cell,
        inputs=trial.task.inputs,
        outputs=trial.task.outputs,
        hidden=net.hidden,
        start=net.start,
        key=jax.random.key(seed),
    )
    training = TrainingSettings(
        optimiser=net.optimiser,
        learning_rate=net.learning_rate,
        schedule="constant",
        average="tokens",
        batch=net.batch,
        clip=net.clip,
        epochs=-(-trial.updates // trial.every),
        seed=seed,
        interval=trial.every,
    )
    start = {f"start_{name}": value for name, value in asdict(net.start or Start()).items()}
    return TaskPlan(
        network=network,
        task=trial.task,
        loss=trial.loss,
        right=trial.right,
        training=training,
        updates=trial.every,
        test=trial.test,
        criterion=trial.criterion,
        carried=trial.carried,
        named={"cell": net.cell, "hidden": net.hidden, **start},
    )


def told(runs: Sequence[Learned]) -> str:
    """How many of some runs were solved, and after how many sequences."""
    solved = [run.sequences for run in runs if run.solved]
    text = f"{len(solved)} of {len(runs)} solved"
    if solved:
        text += f"; median {median(solved):,.0f} sequences"
        text += f" ({min(solved):,} to {max(solved):,})" if len(solved) > 1 else ""
    if len(solved) < len(runs):
        text += f"; given up after {max(run.sequences for run in runs if not run.solved):,}"
    return text


def fell(runs: Sequence[Learned], figure: str = "accuracy") -> list[tuple[float, float]]:
    """A figure of the checks of one run in the middle, that with the median number of sequences, over sequences."""
    middle = sorted(runs, key=lambda run: run.sequences)[len(runs) // 2]
    batch = middle.sequences // middle.updates
    return [(float(check["update"] * batch), float(check[figure])) for check in middle.checks]

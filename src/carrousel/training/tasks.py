"""Training a network on a synthetic task, by the same loop as a language model's."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from jaxtyping import PyTree

from carrousel.errors import SettingsError
from carrousel.models import named_arrays
from carrousel.storage import save_folder
from carrousel.text.tasks import Task
from carrousel.training.courses import Course
from carrousel.training.feeds import Feed
from carrousel.training.folders import open_folder
from carrousel.training.hessian_free import updates_on_tasks
from carrousel.training.locks import alone
from carrousel.training.metrics import Figure
from carrousel.training.observers import Observer
from carrousel.training.run import METRICS, Job, run
from carrousel.training.task_feed import TEST, Drawn
from carrousel.training.task_judging import Judge
from carrousel.training.task_objectives import task_objective
from carrousel.training.task_plan import TaskPlan

KIND: Final = "sequence model"
"""What `config.json` says under `model`."""


@dataclass(frozen=True, kw_only=True)
class Learned:
    """What came of a run."""

    network: PyTree
    """The network after the last update."""
    finished: bool
    """Whether the run came to its end; otherwise it was asked to stop, and can be resumed."""
    solved: bool
    """Whether the criterion was met."""
    updates: int
    """Updates until then, or all that were made."""
    sequences: int
    """Training sequences until then, or all that were read."""
    seconds: float
    """Seconds of training and checks, over all sittings."""
    checks: list[dict[str, Any]]
    """A line for each check: `update`, `train_loss`, `seconds`, and what `judge_on_task` returns."""


def train_on_task(
    plan: TaskPlan,
    *,
    folder: Path,
    observer: Observer,
    stop: Callable[[], bool],
    resume: bool = False,
    overwrite: bool = False,
    feed: Feed | None = None,
) -> Learned:
    """Train until the criterion is met, the last check is made or `stop()` says so.

    Args:
        plan: what is to be learned by what.
        folder: the run: `settings.toml`, `metrics.jsonl`, `checkpoints/`, and the best check's network.
        observer: is told what goes on, and has the clock.
        stop: asked between compiled calls; once true, a checkpoint is written and the run ends unfinished.
        resume: go on with the run in the folder, exactly; one that has ended gives its result again.
        overwrite: replace the run in the folder.
        feed: where batches come from, in the place of fresh draws from the task.

    Raises:
        TrainingError: the folder is not as it should be, a loss is not finite, or the file system refused.
        SettingsError: the run that is to be resumed was begun with other settings.
    """
    with alone(folder):
        open_folder(folder, plan.settings, resume=resume, overwrite=overwrite)
        return _train(plan, folder, observer, stop, resume=resume, feed=feed)


def _train(
    plan: TaskPlan, folder: Path, observer: Observer, stop: Callable[[], bool], *, resume: bool, feed: Feed | None
) -> Learned:
    training, updating = plan.training, None
    if plan.hessian_free is not None:
        training = replace(training, clip=0.0)
        updating = updates_on_tasks(plan.network, plan.loss, plan.right, plan.hessian_free)

    def drawn(task: Task) -> Feed:
        return Drawn(task=task, batch=training.batch, seed=training.seed, per_epoch=plan.updates, block=plan.block)

    def publish(network: PyTree, epoch: int) -> None:
        config = {"model": KIND, "training": {**plan.settings, "epoch": epoch}}
        save_folder(folder, config=config, arrays=named_arrays(network))

    judge = Judge(plan, plan.check or plan.task, kind=TEST, count=plan.test)
    job = Job(
        network=plan.network,
        objective=plan.objective or task_objective(plan.loss, plan.right, training),
        feed=feed or drawn(plan.task),
        start_state=lambda: plan.network.start_state(training.batch) if plan.carried else (),
        validate=judge,
        publish=publish,
        criterion=plan.criterion,
        updating=updating,
        course=_course(plan, [drawn(stage.task) for stage in plan.stages], judge) if plan.stages else None,
    )
    ended = run(job, training, folder=folder, resume=resume, observer=observer, stop=stop)
    position = ended.position
    updates = position.update if position.solved is None else position.solved
    return Learned(
        network=ended.network,
        finished=ended.finished,
        solved=position.solved is not None,
        updates=updates,
        sequences=updates * training.batch,
        seconds=position.seconds,
        checks=_checks(folder / METRICS),
    )


def _course(plan: TaskPlan, feeds: Sequence[Feed], judge: Judge) -> Course:
    """The plan's stages for the loop."""
    if plan.loss != "softmax":
        raise SettingsError(f"a stage ends by its share of right classes, so the loss is softmax, not {plan.loss}")
    judges = [judge.at(stage.check) for stage in plan.stages]

    def told(network: PyTree, stage: int) -> dict[str, Figure]:
        figures = judges[stage](network)
        return {"stage_accuracy": figures["step_accuracy"], "stage_loss": figures["loss"]}

    return Course(feeds=feeds, judge=told, promotion=plan.promotion)


def _checks(path: Path) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if line["kind"] == "valid"]

"""Training a network on a synthetic task, by the same loop as a language model's."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, is_dataclass, replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import equinox as eqx
import jax
import numpy as np
from jaxtyping import PyTree

from carrousel.errors import SettingsError
from carrousel.models import named_arrays
from carrousel.storage import save_folder
from carrousel.text.tasks import Task
from carrousel.training.courses import Course, Promotion
from carrousel.training.criteria import Criterion
from carrousel.training.feeds import Batches, Feed
from carrousel.training.folders import open_folder
from carrousel.training.hessian_free import HessianFree, check_fits, updates_on_tasks
from carrousel.training.locks import alone
from carrousel.training.metrics import Figure
from carrousel.training.observers import Observer
from carrousel.training.run import METRICS, Job, run
from carrousel.training.settings import TrainingSettings
from carrousel.training.task_feed import BLOCK, FRESH, TEST, Drawn, batches_of
from carrousel.training.task_objectives import LossName, Right, judged, run_network, task_objective
from carrousel.training.updates import Objective

KIND: Final = "sequence model"
"""What `config.json` says under `model`."""
PART: Final = 256
"""Sequences judged in one compiled call, at most."""


class Stage(NamedTuple):
    """One step of a course."""

    task: Task
    """What is learned; its sequences are as long as those of every other stage."""
    check: Task
    """What tells whether it is learned."""


@dataclass(frozen=True, kw_only=True)
class TaskPlan:
    """A network, a task, and when the one has learned the other."""

    network: PyTree
    """Start values: a `SequenceModel`, or what is called like one."""
    task: Task
    """What is learned; every update draws fresh sequences."""
    loss: LossName
    """What the gradient is taken of."""
    right: Right
    """Which sequences are answered rightly."""
    training: TrainingSettings
    """How: `batch` sequences an update; `epochs` counts the checks that are made at most; `unroll` says nothing."""
    updates: int = 100
    """Updates between two checks."""
    test: int = 256
    """Sequences of a check: drawn once, apart from those of training."""
    criterion: Criterion = field(default_factory=Criterion)
    """When the run may end before its last check."""
    check: Task | None = None
    """Where the sequences of a check are from; by default the task itself, with random numbers of their own."""
    stages: Sequence[Stage] = ()
    """What is learned in the place of the task until it is hard enough, the easiest first; checks are of the task."""
    promotion: Promotion = field(default_factory=Promotion)
    """When a stage ends."""
    block: int = BLOCK
    """Training sequences that are drawn at once, at most; other sequences are drawn where it is another number."""
    carried: bool = False
    """Whether the state goes on from one batch to the next, as in a stream without an end."""
    hessian_free: HessianFree | None = None
    """Hessian-free optimisation in the place of the optimiser of `training`, with no rates, no clip and no averaging;
    its loss is the mean over what is wanted."""
    objective: Objective | None = None
    """What the gradient is taken of in the place of the loss alone; it has the counts of `task_objective`."""
    named: Mapping[str, Any] = field(default_factory=dict)
    """Further settings that are stored and compared on resuming, such as the name of the cell."""

    def __post_init__(self) -> None:
        if self.hessian_free is not None:
            check_fits(self.hessian_free, self.network, self.training, carried=self.carried)

    @property
    def settings(self) -> dict[str, Any]:
        """All that is stored and compared."""
        second = {} if self.hessian_free is None else asdict(self.hessian_free)
        of_second = {f"hessian_free_{name}": value for name, value in second.items()}
        own = {"task": type(self.task).__name__, "loss": self.loss, "updates": self.updates, "test": self.test}
        fields: dict[str, Any] = asdict(self.task) if is_dataclass(self.task) else {}
        of_task = {f"task_{name}": value for name, value in fields.items() if not isinstance(value, np.ndarray)}
        own |= {"check": str(self.check)} if self.check is not None else {}
        own |= {"stages": [str(stage) for stage in self.stages], **asdict(self.promotion)} if self.stages else {}
        own |= {"block": self.block} if self.block != BLOCK else {}
        every = {**own, **of_task, **asdict(self.criterion), **asdict(self.training), **of_second, **self.named}
        return {name: _plain(value) for name, value in every.items() if value is not None}


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

    judge = _Judge(plan, plan.check or plan.task, kind=TEST, count=plan.test)
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


def judge_on_task(plan: TaskPlan, network: PyTree, *, count: int) -> dict[str, Figure]:
    """How a network answers `count` sequences that neither its training nor its checks have seen.

    Returns:
        `loss` (a unit of weight), `wrong` (sequences), `accuracy`, `error` (mean absolute), `squared_error` (mean);
        with softmax also `step_accuracy`, the share of the weights whose steps have the right class.
    """
    return _Judge(plan, plan.task, kind=FRESH, count=count)(network)


class _Judge:
    """Judges networks on sequences that were drawn once."""

    def __init__(self, plan: TaskPlan, task: Task, *, kind: int, count: int) -> None:
        self._kind, self._seed, self._count = kind, plan.training.seed, count
        self._part = next(size for size in range(min(PART, count), 0, -1) if count % size == 0)
        self._batches = self._drawn(task)
        self._rest = eqx.partition(plan.network, eqx.is_array)[1]
        self._judge = jax.jit(lambda arrays, batches: self._all(plan, eqx.combine(arrays, self._rest), batches))

    def __call__(self, network: PyTree) -> dict[str, Figure]:
        return self._figures(network, self._batches)

    def at(self, task: Task) -> Callable[[PyTree], dict[str, Figure]]:
        """The same on sequences of another task, which are drawn once too and have the same shapes."""
        batches = self._drawn(task)
        return lambda network: self._figures(network, batches)

    def _drawn(self, task: Task) -> Batches:
        drawn = task.draw(np.random.default_rng([self._seed, self._kind]), self._count)
        return batches_of(drawn, batch=self._part)

    def _figures(self, network: PyTree, batches: Batches) -> dict[str, Figure]:
        sums = self._judge(eqx.filter(network, eqx.is_array), batches)
        counts = {name: float(value) for name, value in sums.items()}
        figures: dict[str, Figure] = {
            "loss": counts["nll"] / counts["tokens"],
            "wrong": round(self._count - counts["right"]),
            "accuracy": counts["right"] / self._count,
            "error": counts["error"] / self._count,
            "squared_error": counts["squared_error"] / self._count,
        }
        if "steps_right" in counts:
            figures["step_accuracy"] = counts["steps_right"] / counts["tokens"]
        return figures

    @staticmethod
    def _all(plan: TaskPlan, network: PyTree, batches: Any) -> dict[str, jax.Array]:
        precision = plan.training.precision

        def one(batch: Any) -> dict[str, jax.Array]:
            return judged(plan.loss, plan.right, run_network(network, batch, precision=precision)[0], batch)

        return jax.tree.map(lambda values: values.sum(), jax.lax.map(one, batches))


def _course(plan: TaskPlan, feeds: Sequence[Feed], judge: _Judge) -> Course:
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


def _plain(value: Any) -> Any:
    """As TOML keeps it."""
    return list(value) if isinstance(value, tuple) else str(value) if isinstance(value, Path) else value

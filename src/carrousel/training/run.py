"""A run: epochs of updates, each ended by a validation; it can stop anywhere and go on as if it had not."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, NoReturn

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, PyTree

from carrousel.errors import TrainingError
from carrousel.layers import trained as learns
from carrousel.training.checkpoints import drop_remains, load_checkpoint, save_checkpoint
from carrousel.training.courses import Course
from carrousel.training.criteria import Criterion
from carrousel.training.doubts import shorter_steps
from carrousel.training.feeds import Feed
from carrousel.training.metrics import Figure, MetricsFile
from carrousel.training.observers import Observer, Progress
from carrousel.training.optimisers import OPTIMISERS, moves_read_rows_only
from carrousel.training.positions import Position
from carrousel.training.schedules import learning_rates
from carrousel.training.settings import TrainingSettings
from carrousel.training.updates import Carry, Objective, Rule, Updating, compile_updates

CHECKPOINTS: Final = "checkpoints"
METRICS: Final = "metrics.jsonl"
PACE: Final = 0.5
"""Seconds that one compiled call is to take: so long does a stop wait, and so often does the progress move."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """What is trained, on what, and how it is judged."""

    network: PyTree
    """Start values."""
    objective: Objective
    """What the gradient is taken of; its counts hold `nll` and `tokens`."""
    feed: Feed
    """Where batches come from, if there is no course."""
    start_state: Callable[[], PyTree]
    """The recurrent state at the start of each epoch; () for independent sequences."""
    validate: Callable[[PyTree], dict[str, Figure]]
    """Judges a network at the end of an epoch: `loss`, and what else is to stand in metrics.jsonl."""
    publish: Callable[[PyTree, int], None]
    """Stores a network as the run's model, with the epoch that it is of."""
    criterion: Criterion = field(default_factory=Criterion)
    """When the run may end before its last epoch."""
    course: Course | None = None
    """Feeds that follow one another as checks allow it, in the place of `feed`."""
    table: Callable[[PyTree], Array] | None = None
    """The embedding whose rows the feed names; see `Rule.table`."""
    updating: Updating | None = None
    """How the parameters are changed, in the place of the settings' optimiser with its rates, clip and averaging."""


@dataclass(frozen=True)
class Ended:
    """How a run ended."""

    network: PyTree
    """The network after the last update."""
    position: Position
    """Where it stands."""
    finished: bool
    """Whether it came to its end; otherwise it was asked to stop, and a checkpoint was written."""


def run(
    job: Job, settings: TrainingSettings, *, folder: Path, resume: bool, observer: Observer, stop: Callable[[], bool]
) -> Ended:
    """Train until the last epoch is done, the criterion is met or `stop()` says so.

    The folder gets `checkpoints/` and `metrics.jsonl`; the model is stored by `job.publish`, first as it starts, then
    whenever a validation is the best so far. A run that is resumed ends with the same weights, bit for bit, and the
    same metrics but for times and speeds, as one that was never interrupted, on the same machine and versions.

    Raises:
        TrainingError: a loss or a gradient is not finite, or the file system refused; what was good is kept.
    """
    return _Run(job, settings, folder, observer).until(stop, resume=resume)


class _Run:
    def __init__(self, job: Job, settings: TrainingSettings, folder: Path, observer: Observer) -> None:
        self._job, self._settings, self._folder, self._observer = job, settings, folder, observer
        updating = job.updating or _by_gradient(job, settings)
        trained, self._rest = eqx.partition(job.network, learns(job.network))
        average = () if settings.averaging == "never" else _own(trained)
        self._carry = Carry(_own(trained), _own(updating.start(trained)), _own(job.start_state()), average)
        self._updates = updating.updates
        self._key = jax.random.key(settings.seed)
        self._position = Position(averaged=0 if settings.averaging == "always" else None)
        self._pace = 1.0

    def until(self, stop: Callable[[], bool], *, resume: bool) -> Ended:
        """Open the folder and train in it."""
        self._open(resume=resume)
        self._saved = self._observer.now()
        position = self._position
        while not self._over():
            while position.update < self._epoch_ends():
                if stop():
                    self._checkpoint()
                    return Ended(self._network(), position, finished=False)
                if self._observer.now() - self._saved > self._settings.checkpoint:
                    self._checkpoint()
                self._chunk()
            self._end_epoch()
        return Ended(self._network(), position, finished=True)

    def _open(self, *, resume: bool) -> None:
        """Start the folder, or go back to its newest checkpoint that is whole."""
        checkpoints = self._folder / CHECKPOINTS
        checkpoints.mkdir(parents=True, exist_ok=True)
        drop_remains(checkpoints)
        found = load_checkpoint(checkpoints, self._carry) if resume else None
        if found is not None:
            self._carry, self._position = found.carry, Position(**found.position)
            for sentence in found.damaged:
                self._observer.note(f"{sentence}; the run goes on from update {self._position.update}")
        self._metrics = MetricsFile(self._folder / METRICS, length=self._position.metrics)
        if found is None:
            self._job.publish(self._network(), 0)

    def _network(self) -> PyTree:
        """The network that is judged and stored: the average where one is kept."""
        kept = self._carry.trained if self._settings.averaging == "never" else self._carry.average
        return eqx.combine(kept, self._rest)

    def _over(self) -> bool:
        """Whether nothing is left to do."""
        return self._position.solved is not None or self._position.validated >= self._settings.epochs

    def _epoch_ends(self) -> int:
        return (self._position.validated + 1) * self._feed.per_epoch

    @property
    def _feed(self) -> Feed:
        """Where the next batches come from."""
        course = self._job.course
        return self._job.feed if course is None else course.feeds[self._position.stage]

    def _chunk(self) -> None:
        """As many updates as fit the pace, the capacity, the epoch and the interval of metrics.jsonl."""
        settings, position, feed = self._settings, self._position, self._feed
        began = self._observer.now()
        room = min(feed.capacity, settings.interval - position.updates, self._epoch_ends() - position.update)
        count = max(1, min(int(self._pace), room))
        rates = np.zeros(feed.capacity, np.float32)
        rates[:count] = learning_rates(settings, first=position.update, count=count, per_epoch=feed.per_epoch)
        learning_rate = float(rates[count - 1])
        batches, shares = feed.take(position.update, count), None
        if settings.average == "tokens" and "length" in batches:
            rates *= batches["length"] / np.float32(settings.unroll)
        if settings.averaging != "never":
            shares = np.ones(feed.capacity, np.float32)
            shares[:count] = position.shares(count)
        self._carry, log = self._updates(self._carry, batches, rates, count, position.update, self._key, shares)
        done = int(log.done)
        counts = {name: np.asarray(values[:done]) for name, values in log.counts.items()}
        self._job.criterion.see(position.criterion, counts, update=position.update)
        position.add(norms=np.asarray(log.norm[:done]), counts=counts, clip=settings.clip)
        if done < count:
            self._not_finite(float(log.loss[done]))
        seconds = self._observer.now() - began
        position.spend(seconds)
        position.interval_seconds += seconds
        self._pace = min(2.0 * max(count, self._pace), count * PACE / seconds if seconds else math.inf, feed.capacity)
        if position.updates == settings.interval:
            self._metrics.append(position.end_interval(learning_rate=learning_rate))
        self._observer.progress(
            Progress(
                update=position.update,
                updates=feed.per_epoch * settings.epochs,
                per_epoch=feed.per_epoch,
                loss=position.epoch_counts["nll"] / position.epoch_counts["tokens"],
                tokens=float(counts["tokens"].sum()),
            )
        )

    def _not_finite(self, loss: float) -> NoReturn:
        """Keep what was good and say which update was not."""
        position = self._position
        self._checkpoint()
        if not position.validated:
            self._job.publish(self._network(), 0)
        kept = f"epoch {position.best_epoch}" if position.best_epoch else f"update {position.update}"
        what = (
            f"gradient of update {position.update + 1}"
            if math.isfinite(loss)
            else f"loss of update {position.update + 1}"
        )
        raise TrainingError(
            f"the {what} (epoch {position.validated + 1}) is not a finite number, so the run stopped and "
            f"{self._folder} keeps the model of {kept}; begin again with {shorter_steps(self._settings)}, or a smaller "
            "--clip"
        )

    def _end_epoch(self) -> None:
        """Validate, store the best, begin the streams anew, and write a checkpoint."""
        position, settings, began = self._position, self._settings, self._observer.now()
        course, network = self._job.course, self._network()
        figures = self._job.validate(network)
        if course is not None:
            figures |= course.check(network, position.stage, position.stage_shares)
        line = position.end_epoch(figures, seconds=self._observer.now() - began)
        self._metrics.append(line)
        if self._job.criterion.met(position.criterion, figures):
            position.solved = position.criterion.get("met", position.update)
        if line["best"]:
            self._job.publish(network, position.validated)
        self._observer.epoch(line)
        if course is not None:
            self._enter(course.following(position.stage, position.stage_shares))
        if settings.averaging == "triggered" and position.begin_average(patience=settings.patience):
            self._observer.note(f"weights are averaged from update {position.update + 1} on")
        self._carry = self._carry._replace(state=_own(self._job.start_state()))
        self._checkpoint()

    def _enter(self, stage: int) -> None:
        """Go on to a stage, if it is another one than that of now."""
        if stage != self._position.stage:
            self._feed.release()
            self._position.stage, self._position.stage_shares = stage, []
            self._observer.note(f"stage {stage + 1} from update {self._position.update + 1} on")

    def _checkpoint(self) -> None:
        self._feed.release()
        self._position.metrics = self._metrics.settle()
        position, settings = self._position.stored(), asdict(self._settings)
        save_checkpoint(self._folder / CHECKPOINTS, self._carry, position=position, settings=settings)
        self._saved = self._observer.now()


def _by_gradient(job: Job, settings: TrainingSettings) -> Updating:
    table = job.table if moves_read_rows_only(settings) else None
    rule = Rule(OPTIMISERS[settings.optimiser](settings), settings.clip, table)
    return Updating(rule.transformation.init, compile_updates(job.network, job.objective, rule))


def _own(tree: PyTree) -> PyTree:
    """Copies that the loop may give away: no two leaves share memory."""
    return jax.tree.map(lambda leaf: jax.numpy.array(leaf, copy=True), tree)

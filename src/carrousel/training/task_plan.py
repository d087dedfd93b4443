"""What is learned by what network, and when it counts as learned."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, is_dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import PyTree

from carrousel.text.tasks import Task
from carrousel.training.courses import Promotion
from carrousel.training.criteria import Criterion
from carrousel.training.hessian_free import HessianFree, check_fits
from carrousel.training.settings import TrainingSettings
from carrousel.training.task_feed import BLOCK
from carrousel.training.task_objectives import LossName, Right
from carrousel.training.updates import Objective


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


def _plain(value: Any) -> Any:
    """As TOML keeps it."""
    return list(value) if isinstance(value, tuple) else str(value) if isinstance(value, Path) else value

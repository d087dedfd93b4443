"""Judging a network on sequences that its training has not seen."""

from collections.abc import Callable
from typing import Any, Final

import equinox as eqx
import jax
import numpy as np
from jaxtyping import PyTree

from carrousel.text.tasks import Task
from carrousel.training.feeds import Batches
from carrousel.training.metrics import Figure
from carrousel.training.task_feed import FRESH, batches_of
from carrousel.training.task_objectives import judged, run_network
from carrousel.training.task_plan import TaskPlan

PART: Final = 256
"""Sequences judged in one compiled call, at most."""


def judge_on_task(plan: TaskPlan, network: PyTree, *, count: int) -> dict[str, Figure]:
    """How a network answers `count` sequences that neither its training nor its checks have seen.

    Returns:
        `loss` (a unit of weight), `wrong` (sequences), `accuracy`, `error` (mean absolute), `squared_error` (mean);
        with softmax also `step_accuracy`, the share of the weights whose steps have the right class.
    """
    return Judge(plan, plan.task, kind=FRESH, count=count)(network)


class Judge:
    """Judges networks on sequences that were drawn once."""

    def __init__(self, plan: TaskPlan, task: Task, *, kind: int, count: int) -> None:
        self._kind, self._seed, self._count = kind, plan.training.seed, count
        self._part = next(size for size in range(min(PART, count), 0, -1) if count % size == 0)
        self._batches = self._drawn(task)
        self._rest = eqx.partition(plan.network, eqx.is_array)[1]
        self._judge = jax.jit(lambda arrays, batches: self._all(plan, eqx.combine(arrays, self._rest), batches))

    def __call__(self, network: PyTree) -> dict[str, Figure]:
        """The figures of `judge_on_task`."""
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

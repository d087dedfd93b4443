"""Skip networks as tasks train them: a price on every update of the state, and how many updates are made."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from carrousel.models import SequenceModel
from carrousel.training.task_feed import FRESH, batches_of
from carrousel.training.task_objectives import LossName, Right, judged
from carrousel.training.task_plan import TaskPlan
from carrousel.training.updates import Objective


def run_skipping(network: SequenceModel, batch: Any) -> tuple[Float[Array, "time batch outputs"], Array]:
    """What a network of one skip layer says, and 1 at every step at which it updates its state, (time, batch)."""
    (layer,) = network.layers
    ran = layer.run(batch["inputs"], lengths=batch["lengths"], named=True)
    return ran.outputs @ network.readout + network.bias, ran.named["u"]


def budget_objective(loss: LossName, right: Right, *, price: float) -> Objective:
    """The task's loss and a price for every update of the state, both a sequence (Campos et al. 2018)."""

    def objective(network: Any, batch: Any, state: Any, key: Any) -> Any:  # noqa: ARG001 - an objective's signature
        values, updates = run_skipping(network, batch)
        counts = judged(loss, right, values, batch)
        return (counts["nll"] + price * updates.sum()) / counts["sequences"], (state, counts)

    return objective


def share_of_updates(plan: TaskPlan, network: SequenceModel, *, count: int) -> float:
    """The share of the steps of fresh sequences at which the state is updated."""
    drawn = plan.task.draw(np.random.default_rng([plan.training.seed, FRESH]), count)
    batch = {name: jnp.asarray(array[0]) for name, array in batches_of(drawn, batch=count).items()}
    arrays, rest = eqx.partition(network, eqx.is_array)
    updates = jax.jit(lambda arrays: run_skipping(eqx.combine(arrays, rest), batch)[1])(arrays)
    return float(updates.sum() / batch["lengths"].sum())

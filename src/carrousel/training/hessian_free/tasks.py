"""Hessian-free updates in the loop that trains networks on tasks."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jax import Array
from jaxtyping import PyTree

from carrousel.engine import plan_cell
from carrousel.errors import SettingsError
from carrousel.layers import Bidirectional, Recurrent
from carrousel.layers import trained as learns
from carrousel.models import SequenceModel
from carrousel.training.hessian_free.curvature import Problem
from carrousel.training.hessian_free.forwards import read_sequences
from carrousel.training.hessian_free.losses import CONVEX
from carrousel.training.hessian_free.settings import HessianFree
from carrousel.training.hessian_free.step import hessian_free_step, start_state
from carrousel.training.settings import TrainingSettings
from carrousel.training.task_objectives import Batch, LossName, Right, judged
from carrousel.training.updates import Carry, Outcome, Updating, compile_loop


def check_fits(settings: HessianFree, network: Any, training: TrainingSettings, *, carried: bool) -> None:
    """See that everything that was asked for can act.

    Raises:
        SettingsError: it cannot.
    """
    if not isinstance(network, SequenceModel):
        raise SettingsError(f"Hessian-free optimisation of tasks trains a SequenceModel, got {type(network).__name__}")
    if any(network.stack.dropout) or any(map(_draws, network.layers)):
        raise SettingsError(
            "Hessian-free optimisation needs one loss at every look: dropout has to be 0, and no wrapper may draw"
        )
    if carried:
        raise SettingsError("Hessian-free optimisation reads whole sequences, so the state cannot be carried")
    if training.averaging != "never" or training.precision != "float32" or training.weight_decay:
        raise SettingsError(
            "Hessian-free optimisation takes no averaging, no mixed precision and no weight_decay of the training; "
            "its own `decay` is a setting of HessianFree"
        )
    if settings.curvature > training.batch:
        raise SettingsError(f"curvature counts sequences of a batch of {training.batch}, got {settings.curvature}")


def _draws(layer: Recurrent | Bidirectional) -> bool:
    """Whether a layer draws anything in training."""
    if isinstance(layer, Bidirectional):
        return _draws(layer.forward) or _draws(layer.backward)
    cell = layer.cell.wrapped(layer.wrappers, training=True)
    return bool(plan_cell(cell, inputs=layer.inputs, hidden=layer.hidden, dtype=layer.dtype).trace.masks)


def updates_on_tasks(network: SequenceModel, loss: LossName, right: Right, settings: HessianFree) -> Updating:
    """Updates by `hessian_free_step`; the counts are those of `task_objective`, and `products` with the curvature."""
    problem = Problem(read_sequences, CONVEX[loss])
    step = hessian_free_step(network, problem, settings)
    rest = eqx.partition(network, learns(network))[1]

    def one(
        carry: Carry, constant: PyTree, batch: Batch, rate: Array, key: Array, share: Array | None
    ) -> tuple[Carry, Outcome]:
        del constant, rate, key, share
        few = _first(batch, settings.curvature) if settings.curvature else None
        values, _ = read_sequences(eqx.combine(carry.trained, rest), batch)
        counts = judged(loss, right, values, batch)
        trained, state, told = step(carry.trained, carry.optimiser, batch, few)
        counts["products"] = told.iterations.astype(values.dtype)
        return carry._replace(trained=trained, optimiser=state), Outcome(told.finite, told.loss, told.norm, counts)

    return Updating(lambda _: start_state(network, settings), compile_loop(one, ()))


def _first(batch: Batch, count: int) -> dict[str, Array]:
    """The first sequences of a batch."""
    return {name: jnp.asarray(a)[:count] if name == "lengths" else a[:, :count] for name, a in batch.items()}

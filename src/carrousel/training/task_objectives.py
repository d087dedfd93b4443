"""How an answer to a task is judged: the loss with the weights of its steps, and what counts as right."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

import jax
import jax.numpy as jnp
import optax
from jax import Array
from jaxtyping import Bool, Float, Key

from carrousel.training.settings import TrainingSettings
from carrousel.training.updates import Objective

LossName = Literal["softmax", "logistic", "squared_logistic", "squared"]
"""Cross-entropy of classes; cross-entropy of independent logistic outputs; half the squared error of logistic outputs,
as in Hochreiter & Schmidhuber 1997; half the squared error of the outputs as they are."""

Batch = Mapping[str, Any]
Right = Callable[[Array, Batch], Bool[Array, " batch"]]
"""`right(answers, batch)`: which sequences are answered rightly; the answers (time, batch, outputs) are probabilities
where the loss has some."""


def within(tolerance: float) -> Right:
    """Right is a sequence whose outputs all lie within a tolerance of the targets wherever an error counts."""

    def right(answers: Array, batch: Batch) -> Array:
        counts = (batch["weights"] > 0)[..., None]
        return jnp.all(jnp.where(counts, jnp.abs(answers - _targets(answers, batch)) < tolerance, True), axis=(0, 2))  # noqa: FBT003

    return right


def most_probable(answers: Array, batch: Batch) -> Bool[Array, " batch"]:
    """Right is a sequence whose class is the most probable one wherever an error counts."""
    return jnp.all(jnp.where(batch["weights"] > 0, _hits(answers, batch), True), axis=0)  # noqa: FBT003


def task_objective(loss: LossName, right: Right, settings: TrainingSettings) -> Objective:
    """The loss over the steps that count, each with its weight.

    `average="batch"` divides their sum by the number of sequences, `tokens` by the sum of the weights.

    The counts: `nll`, the sum of the losses, and `tokens`, of the weights; with softmax `steps_right`, the weights of
    the steps whose most probable class is right; `sequences`, and how many are `right`;
    `error`, the sum over sequences of the mean absolute error, and `squared_error`, of the mean squared one.
    """

    def objective(network: Any, batch: Batch, state: Any, key: Key[Array, ""]) -> Any:
        values, state = run_network(network, batch, state, key=key, precision=settings.precision)
        counts = judged(loss, right, values, batch)
        divisor = counts["tokens"] if settings.average == "tokens" else counts["sequences"]
        return counts["nll"] / jnp.maximum(divisor, 1e-9), (state, counts)

    return objective


def run_network(
    network: Any, batch: Batch, state: Any = (), *, key: Array | None = None, precision: str = "float32"
) -> tuple[Float[Array, "time batch outputs"], Any]:
    """What a network says to a batch; the state () is the one before the first step, and () comes back."""
    how: dict[str, Any] = {"lengths": batch["lengths"], "times": batch.get("times"), "key": key}
    if "resets" in batch:
        how["resets"] = batch["resets"]
    values, last = network(batch["inputs"], state or None, precision=precision, **how)
    return values, (last if state else ())


def judged(loss: LossName, right: Right, values: Array, batch: Batch) -> dict[str, Float[Array, ""]]:
    """The counts of a batch; `values` are what the network says, before any softmax or logistic function."""
    weights = batch["weights"].astype(values.dtype)
    answers = ANSWERS[loss](values)
    errors = jnp.abs(answers - _targets(answers, batch))
    share = weights / jnp.maximum(weights.sum(axis=0), 1e-9)
    counts = {
        "nll": (LOSSES[loss](values, batch) * weights).sum(),
        "tokens": weights.sum(),
        "sequences": jnp.asarray(weights.shape[1], values.dtype),
        "right": right(answers, batch).sum().astype(values.dtype),
        "error": (errors.mean(-1) * share).sum(),
        "squared_error": (jnp.square(errors).mean(-1) * share).sum(),
    }
    return counts | ({"steps_right": (_hits(answers, batch) * weights).sum()} if loss == "softmax" else {})


def _hits(answers: Array, batch: Batch) -> Bool[Array, "time batch"]:
    """Where the most probable class is the one that is wanted."""
    wanted = batch["targets"] if batch["targets"].ndim == 2 else batch["targets"].argmax(-1)
    return answers.argmax(-1) == wanted


def _targets(answers: Array, batch: Batch) -> Array:
    """What each output is to be: a class is 1 in its place."""
    targets = batch["targets"]
    return jax.nn.one_hot(targets, answers.shape[-1], dtype=answers.dtype) if targets.ndim == 2 else targets


def _softmax(values: Array, batch: Batch) -> Array:
    targets = batch["targets"]
    if targets.ndim == 2:
        return optax.softmax_cross_entropy_with_integer_labels(values, targets)
    return optax.softmax_cross_entropy(values, targets)


def _logistic(values: Array, batch: Batch) -> Array:
    return optax.sigmoid_binary_cross_entropy(values, _targets(values, batch)).sum(-1)


def _squared_logistic(values: Array, batch: Batch) -> Array:
    return 0.5 * jnp.square(jax.nn.sigmoid(values) - _targets(values, batch)).sum(-1)


def _squared(values: Array, batch: Batch) -> Array:
    return 0.5 * jnp.square(values - _targets(values, batch)).sum(-1)


LOSSES: Final[Mapping[str, Callable[[Array, Batch], Float[Array, "time batch"]]]] = {
    "softmax": _softmax,
    "logistic": _logistic,
    "squared_logistic": _squared_logistic,
    "squared": _squared,
}
ANSWERS: Final[Mapping[str, Callable[[Array], Array]]] = {
    "softmax": jax.nn.softmax,
    "logistic": jax.nn.sigmoid,
    "squared_logistic": jax.nn.sigmoid,
    "squared": lambda values: values,
}

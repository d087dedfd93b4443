"""Each training setting changes what it says it changes. Rates are in test_settings, intervals in test_training_run."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from carrousel.training.objectives import language_model_objective
from carrousel.training.optimisers import OPTIMISERS
from carrousel.training.settings import TrainingSettings

GRADIENTS = [jnp.array([0.5, -2.0, 1e-3]), jnp.array([1.0, 1.0, -1e-3])]
WEIGHTS = jnp.array([3.0, -1.0, 2.0])


def steps(**settings):
    """The directions that two gradients give."""
    rule = OPTIMISERS[settings.get("optimiser", "adam")](TrainingSettings(**settings))
    state, made = rule.init(WEIGHTS), []
    for gradient in GRADIENTS:
        step, state = rule.update(gradient, state, WEIGHTS)
        made.append(np.asarray(step))
    return np.stack(made)


def by_hand(*, beta1=0.9, beta2=0.999, epsilon=1e-8, decay=0.0):
    """Adam as Kingma & Ba wrote it, with AdamW's decay beside it."""
    mean, square, made = np.zeros(3), np.zeros(3), []
    for count, gradient in enumerate(np.asarray(GRADIENTS, np.float64), start=1):
        mean = beta1 * mean + (1 - beta1) * gradient
        square = beta2 * square + (1 - beta2) * gradient**2
        unbiased = mean / (1 - beta1**count), square / (1 - beta2**count)
        made.append(unbiased[0] / (np.sqrt(unbiased[1]) + epsilon) + decay * np.asarray(WEIGHTS))
    return np.stack(made)


def test_sgd_goes_along_the_gradient():
    np.testing.assert_array_equal(steps(optimiser="sgd"), np.stack(GRADIENTS))


@pytest.mark.parametrize("changed", [{}, {"beta1": 0.5}, {"beta2": 0.9}, {"epsilon": 0.1}])
def test_adam_is_the_paper_s_with_each_of_its_constants(changed):
    np.testing.assert_allclose(steps(**changed), by_hand(**changed), rtol=1e-4)


@pytest.mark.parametrize("weight_decay", [0.0, 0.3])
def test_adamw_takes_a_share_of_each_weight_off_beside_adam_s_step(weight_decay):
    made = steps(optimiser="adamw", weight_decay=weight_decay)
    np.testing.assert_allclose(made, by_hand(decay=weight_decay), rtol=1e-4)


class Recorder:
    """A network whose loss is the number of targets; it notes what it was asked for."""

    def loss(self, inputs, targets, state, *, key, precision):
        self.precision = precision
        return jnp.float32(targets.size) * 3, state


@pytest.mark.parametrize(("average", "loss"), [("batch", 3 * 5), ("tokens", 3)])
def test_the_loss_is_averaged_over_streams_or_over_all_tokens(average, loss):
    batch = {"inputs": jnp.zeros((5, 2), int), "targets": jnp.zeros((5, 2), int)}
    objective = language_model_objective(TrainingSettings(average=average))
    found, (_, counts) = objective(Recorder(), batch, (), jax.random.key(0))
    assert float(found) == loss
    assert (float(counts["nll"]), float(counts["tokens"])) == (30, 10)


@pytest.mark.parametrize("precision", ["float32", "mixed"])
def test_the_network_is_run_in_the_precision_that_is_set(precision):
    network, batch = Recorder(), {"inputs": jnp.zeros((1, 1), int), "targets": jnp.zeros((1, 1), int)}
    language_model_objective(TrainingSettings(precision=precision))(network, batch, (), jax.random.key(0))
    assert network.precision == precision

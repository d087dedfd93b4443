"""Each training setting changes what it says it changes. Rates are in test_settings, intervals in test_training_run."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from carrousel.models.language import Read
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


@pytest.mark.parametrize("optimiser", ["sgd", "adam"])
def test_elsewhere_a_share_of_each_weight_is_added_to_the_gradient(optimiser, monkeypatch):
    made = steps(optimiser=optimiser, weight_decay=0.3)
    monkeypatch.setitem(globals(), "GRADIENTS", [gradient + 0.3 * WEIGHTS for gradient in GRADIENTS])
    np.testing.assert_allclose(made, steps(optimiser=optimiser), rtol=1e-6)


ACTIVE = np.random.default_rng(0).normal(size=(5, 2, 3)).astype(np.float32)


class Recorder:
    """A network whose loss is 3 for each target that counts; it notes what it was asked for."""

    def read(self, inputs, state, *, lengths, key, precision):
        self.precision, self.lengths = precision, lengths
        raw = jnp.asarray(ACTIVE[: len(inputs)])
        within = jnp.arange(len(inputs)) < (len(inputs) if lengths is None else lengths[0])
        return Read(raw * within[:, None, None], 2 * raw * within[:, None, None], state)

    def loss_after(self, read, targets, *, weights, key, precision):
        self.weights = weights
        return 3 * (jnp.float32(targets.size) if weights is None else weights.sum())


@pytest.mark.parametrize(("average", "loss"), [("batch", 3 * 5), ("tokens", 3)])
def test_the_loss_is_averaged_over_streams_or_over_all_tokens(average, loss):
    batch = {"inputs": jnp.zeros((5, 2), int), "targets": jnp.zeros((5, 2), int)}
    objective = language_model_objective(TrainingSettings(average=average))
    found, (_, counts) = objective(Recorder(), batch, (), jax.random.key(0))
    assert float(found) == loss
    assert (float(counts["nll"]), float(counts["tokens"])) == (30, 10)


@pytest.mark.parametrize(("average", "loss"), [("batch", 3 * 4), ("tokens", 3)])
def test_past_the_length_of_a_window_nothing_counts(average, loss):
    batch = {"inputs": jnp.zeros((5, 2), int), "targets": jnp.zeros((5, 2), int), "length": jnp.int32(4)}
    network, settings = Recorder(), TrainingSettings(average=average)
    found, (_, counts) = language_model_objective(settings)(network, batch, (), jax.random.key(0))
    assert float(found) == loss
    assert (float(counts["nll"]), float(counts["tokens"])) == (24, 8)
    assert network.lengths.tolist() == [4, 4]
    assert np.array_equal(network.weights, [[1, 1]] * 4 + [[0, 0]])


@pytest.mark.parametrize("steps", [5, 3])
@pytest.mark.parametrize("average", ["batch", "tokens"])
def test_penalties_are_on_the_mean_square_of_activations_and_of_their_change(average, steps):
    batch = {"inputs": jnp.zeros((5, 2), int), "targets": jnp.zeros((5, 2), int), "length": jnp.int32(steps)}
    settings = TrainingSettings(average=average, activation_penalty=2.0, change_penalty=0.5)
    found = float(language_model_objective(settings)(Recorder(), batch, (), jax.random.key(0))[0])
    active = ACTIVE[:steps]
    wanted = 3 + 2.0 * np.square(2 * active).mean() + 0.5 * np.square(np.diff(active, axis=0)).mean()
    assert found == pytest.approx(wanted * (steps if average == "batch" else 1), rel=1e-5)


@pytest.mark.parametrize("precision", ["float32", "mixed"])
def test_the_network_is_run_in_the_precision_that_is_set(precision):
    network, batch = Recorder(), {"inputs": jnp.zeros((1, 1), int), "targets": jnp.zeros((1, 1), int)}
    language_model_objective(TrainingSettings(precision=precision))(network, batch, (), jax.random.key(0))
    assert network.precision == precision


def test_momentum_adds_a_share_of_the_last_step():
    made = steps(optimiser="sgd", momentum=0.5)
    wanted, last = [], np.zeros_like(GRADIENTS[0])
    for gradient in GRADIENTS:
        last = gradient + 0.5 * last
        wanted.append(last)
    np.testing.assert_allclose(made, np.stack(wanted), rtol=1e-6)

"""Training on a task: per-step weights, a criterion of success, exact resume."""

from dataclasses import dataclass, replace
from itertools import count

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from carrousel.engine import Start
from carrousel.errors import SettingsError, TrainingError
from carrousel.models import SequenceModel
from carrousel.text.tasks import Sequences
from carrousel.training.criteria import Criterion
from carrousel.training.locks import alone
from carrousel.training.observers import Silence
from carrousel.training.settings import TrainingSettings
from carrousel.training.task_feed import Drawn
from carrousel.training.task_judging import judge_on_task
from carrousel.training.task_objectives import judged, most_probable, run_network, within
from carrousel.training.task_plan import TaskPlan
from carrousel.training.tasks import train_on_task


@dataclass(frozen=True)
class Recall:
    """The first of `steps` symbols, 0 or 1, is wanted at the last step; 2 stands between."""

    steps: int = 5

    @property
    def inputs(self):
        return 3

    @property
    def outputs(self):
        return 2

    def draw(self, generator, count):
        inputs = np.full((self.steps, count), 2, np.int32)
        inputs[0] = generator.integers(2, size=count)
        weights = np.zeros(inputs.shape, np.float32)
        weights[-1] = 1
        targets = np.broadcast_to(inputs[0], inputs.shape).astype(np.int32)
        return Sequences(inputs=inputs, targets=targets, weights=weights, lengths=np.full(count, self.steps, np.int32))


def plan(**changes):
    key = jax.random.key(1)
    network = SequenceModel("lstm", inputs=3, outputs=2, hidden=6, key=key, start=Start(chrono=6.0))
    training = TrainingSettings(optimiser="adam", learning_rate=0.02, schedule="constant", batch=16, epochs=12, clip=1)
    criterion = Criterion(recent=480, test_wrong=0)
    made = TaskPlan(
        network=network,
        task=Recall(),
        loss="softmax",
        right=most_probable,
        training=training,
        updates=20,
        test=64,
        criterion=criterion,
    )
    return replace(made, **changes)


def train(made, folder, stop=lambda: False, **how):
    return train_on_task(made, folder=folder, observer=Silence(), stop=stop, **how)


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "whole"
    return folder, train(plan(), folder)


def test_a_run_ends_when_its_criterion_is_met_and_tells_the_update(learned):
    _, made = learned
    assert made.finished
    assert made.solved
    assert 30 <= made.updates <= len(made.checks) * 20 < 12 * 20
    assert made.sequences == made.updates * 16
    assert made.checks[-1]["wrong"] == 0
    assert judge_on_task(plan(), made.network, count=100)["accuracy"] == 1.0


def test_a_run_that_was_stopped_goes_on_to_the_same_weights_and_the_same_end(learned, tmp_path):
    _, whole = learned
    asked = count()
    first = train(plan(), tmp_path / "run", stop=lambda: next(asked) == 1)
    assert not first.finished
    assert not first.solved
    rest = train(plan(), tmp_path / "run", resume=True)
    assert (rest.updates, rest.sequences) == (whole.updates, whole.sequences)
    for ours, theirs in zip(jax.tree.leaves(rest.network), jax.tree.leaves(whole.network), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_folder_that_another_run_is_in_is_left_alone(learned, tmp_path):
    with alone(tmp_path / "run"), pytest.raises(TrainingError, match="is at a run in"):
        train(plan(), tmp_path / "run", overwrite=True)


def test_a_run_that_has_ended_gives_its_result_again(learned):
    folder, whole = learned
    again = train(plan(), folder, resume=True)
    assert (again.solved, again.updates, again.checks) == (whole.solved, whole.updates, whole.checks)


def test_another_task_does_not_go_on_with_the_run(learned):
    with pytest.raises(SettingsError, match="task_steps = 5"):
        train(plan(task=Recall(steps=6)), learned[0], resume=True)


def test_a_step_of_weight_zero_is_not_learned_from():
    drawn = Recall().draw(np.random.default_rng(0), 4)
    batch = {name: jnp.asarray(getattr(drawn, name)) for name in ("inputs", "targets", "weights", "lengths")}
    other = {**batch, "targets": jnp.where(batch["weights"] > 0, batch["targets"], 1 - batch["targets"])}
    network = plan().network

    def loss(network, batch):
        return judged("softmax", most_probable, run_network(network, batch)[0], batch)["nll"]

    ours, theirs = (jax.grad(loss)(network, each) for each in (batch, other))
    for one, two in zip(jax.tree.leaves(ours), jax.tree.leaves(theirs), strict=True):
        np.testing.assert_array_equal(one, two)
    doubled = {**batch, "weights": 2 * batch["weights"]}
    assert loss(network, doubled) == pytest.approx(2 * loss(network, batch))


def test_losses_and_errors_are_what_they_are_called():
    values, targets = jnp.array([[[0.3, -1.0]]]), jnp.array([[[1.0, 0.0]]])
    batch = {"targets": targets, "weights": jnp.ones((1, 1))}
    answers = 1 / (1 + np.exp(-np.asarray(values)))
    found = {loss: judged(loss, within(0.5), values, batch) for loss in ("logistic", "squared_logistic", "squared")}
    cross = -(np.log(answers[0, 0, 0]) + np.log(1 - answers[0, 0, 1]))
    assert found["logistic"]["nll"] == pytest.approx(cross, rel=1e-6)
    squares = float(((answers - np.asarray(targets)) ** 2).sum())
    assert found["squared_logistic"]["nll"] == pytest.approx(squares / 2, rel=1e-6)
    assert found["squared_logistic"]["squared_error"] == pytest.approx(squares / 2, rel=1e-6)
    assert found["squared"]["nll"] == pytest.approx(0.5 * (0.7**2 + 1), rel=1e-6)
    assert found["squared"]["error"] == pytest.approx(0.85, rel=1e-6)
    assert [float(found[loss]["right"]) for loss in ("logistic", "squared")] == [1, 0]


@pytest.mark.parametrize("grouped", [[7], [1] * 7, [3, 4]])
def test_the_criterion_finds_the_first_update_after_which_the_last_sequences_were_right(grouped):
    criterion, known, done = Criterion(recent=6, recent_error=0.5), {}, 0
    right, errors = np.array([2, 1, 2, 2, 2, 2, 2.0]), np.array([0, 0, 2, 1.5, 1, 0.4, 0.1])
    for size in grouped:
        part = slice(done, done + size)
        counts = {"sequences": np.full(size, 2.0), "right": right[part], "error": errors[part]}
        criterion.see(known, counts, update=done)
        done += size
    assert known["met"] == 6  # 1.5 + 1 + 0.4 over six sequences; after update 5 it is 4.5 over six
    assert criterion.met(known, {})
    assert not criterion.met({}, {})


def test_conditions_on_the_test_sequences_all_have_to_hold():
    criterion = Criterion(test_wrong=1, test_error=0.1)
    assert criterion.met({}, {"wrong": 1, "error": 0.09})
    assert not criterion.met({}, {"wrong": 2, "error": 0.09})
    assert not criterion.met({}, {"wrong": 0, "error": 0.1})
    assert not Criterion().met({}, {"wrong": 0, "error": 0.0})
    with pytest.raises(SettingsError, match="say how many"):
        Criterion(recent_error=0.1)


def test_the_same_update_always_gets_the_same_sequences():
    feed = Drawn(task=Recall(), batch=20, seed=3, per_epoch=10)
    whole = feed.take(100, 150)
    for first, size in ((100, 1), (190, 40)):  # 204 updates are drawn at once
        part = feed.take(first, size)
        np.testing.assert_array_equal(
            part["inputs"][:size], whole["inputs"][first - 100 : first - 100 + size], strict=True
        )
    assert not np.array_equal(whole["inputs"][0], whole["inputs"][1])
    assert not np.array_equal(
        Drawn(task=Recall(), batch=20, seed=4, per_epoch=10).take(100, 1)["inputs"][0, 0], whole["inputs"][0, 0]
    )

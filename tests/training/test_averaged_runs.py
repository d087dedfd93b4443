"""Runs whose model is an average, and runs whose windows differ in length."""

import jax.numpy as jnp
import numpy as np
import pytest

from carrousel.training.cuts import random_cuts
from carrousel.training.feeds import Windows
from carrousel.training.observers import Silence
from carrousel.training.run import Job, run
from carrousel.training.settings import TrainingSettings

STREAMS = np.arange(2 * 61).reshape(2, 61).astype(np.uint16)
SETTINGS = {"epochs": 4, "batch": 2, "unroll": 20, "learning_rate": 0.5, "schedule": "constant", "clip": 0.0}
LOSSES = (3.0, 4.0, 4.5, 4.6)


class Notes(Silence):
    def __init__(self):
        self.notes = []

    def note(self, text):
        self.notes.append(text)


def slope(network, batch, state, key):
    """Each update moves the one weight by the learning rate."""
    steps = batch["targets"].size if "length" not in batch else batch["length"] * batch["targets"].shape[1]
    return network["w"].sum(), (state, {"nll": jnp.float32(steps), "tokens": jnp.asarray(steps, jnp.float32)})


def trained(folder, **settings):
    """What was judged after each epoch, and what was noted."""
    made, judged, observer = TrainingSettings(**{**SETTINGS, **settings}), [], Notes()
    cuts = random_cuts(STREAMS.shape[1] - 1, made) if made.lengths == "random" else None

    def judge(network):
        judged.append(float(network["w"][0]))
        return {"loss": LOSSES[len(judged) - 1]}

    job = Job(
        network={"w": jnp.zeros(1)},
        objective=slope,
        feed=Windows(streams=STREAMS, unroll=made.unroll, capacity=2, cuts=cuts),
        start_state=lambda: (),
        validate=judge,
        publish=lambda network, epoch: None,
    )
    ended = run(job, made, folder=folder, resume=False, observer=observer, stop=lambda: False)
    assert float(ended.network["w"][0]) == judged[-1]
    return np.array(judged), observer.notes, job.feed


def test_what_is_judged_is_the_mean_of_the_weights_after_each_update(tmp_path):
    each = -0.5 * np.arange(1, 13)
    plain, _, _ = trained(tmp_path / "never")
    assert np.allclose(plain, each[2::3])
    average, _, _ = trained(tmp_path / "always", averaging="always")
    assert np.allclose(average, [each[: 3 * n].mean() for n in range(1, 5)])


def test_a_triggered_average_begins_after_the_validation_that_triggers_it(tmp_path):
    each = -0.5 * np.arange(1, 13)
    average, notes, _ = trained(tmp_path, averaging="triggered", patience=1)
    assert np.allclose(average, [*each[2:9:3], each[9:].mean()])  # the third loss, 4.5, is worse than the first, 3
    assert notes == ["weights are averaged from update 10 on"]


@pytest.mark.parametrize("average", ["tokens", "batch"])
def test_the_rate_of_a_window_is_scaled_by_its_length_where_the_loss_is_a_mean_over_tokens(average, tmp_path):
    judged, _, feed = trained(tmp_path, lengths="random", average=average, epochs=1)
    _, lengths = feed.cuts.windows(0, feed.per_epoch)
    moved = lengths / 20 if average == "tokens" else np.ones(len(lengths))
    assert np.allclose(judged[0], -0.5 * moved.sum())

"""Hessian-free updates in the loop that trains networks on tasks."""

from dataclasses import replace
from itertools import count

import jax
import numpy as np
import pytest

from carrousel.errors import SettingsError
from carrousel.layers import Zoneout
from carrousel.models import SequenceModel
from carrousel.text.tasks import Slide
from carrousel.training.criteria import Criterion
from carrousel.training.hessian_free import HessianFree
from carrousel.training.observers import Silence
from carrousel.training.settings import TrainingSettings
from carrousel.training.task_objectives import most_probable
from carrousel.training.task_plan import TaskPlan
from carrousel.training.tasks import train_on_task

NETWORK = SequenceModel("elman", inputs=3, outputs=3, hidden=4, key=jax.random.key(1))
PLAN = TaskPlan(
    network=NETWORK,
    task=Slide(shortest=5, longest=5),
    loss="softmax",
    right=most_probable,
    training=TrainingSettings(batch=8, epochs=4),
    updates=3,
    test=16,
    criterion=Criterion(recent=16, test_wrong=0),
    hessian_free=HessianFree(iterations=20, curvature=6),
)


def wrapped(*wrappers, **how):
    key = jax.random.key(1)
    return SequenceModel("elman", inputs=3, outputs=3, hidden=4, wrappers=wrappers, key=key, **how)


def train(plan, folder, stop=lambda: False, **how):
    return train_on_task(plan, folder=folder, observer=Silence(), stop=stop, **how)


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    return train(PLAN, tmp_path_factory.mktemp("runs") / "whole")


def test_a_task_is_learned_in_a_few_updates(learned):
    assert learned.solved
    assert learned.updates <= 6
    assert all(0 < check["products"] <= 3 * 20 for check in learned.checks)


def test_a_run_that_was_stopped_and_resumed_ends_with_the_same_bits(learned, tmp_path):
    asked = count()
    cut = train(PLAN, tmp_path / "cut", stop=lambda: next(asked) >= 2)
    assert not cut.finished
    resumed = train(PLAN, tmp_path / "cut", resume=True)
    jax.tree.map(np.testing.assert_array_equal, resumed.network, learned.network)
    assert [check["loss"] for check in resumed.checks] == [check["loss"] for check in learned.checks]
    with pytest.raises(SettingsError, match="hessian_free_structural"):
        train(
            replace(PLAN, hessian_free=HessianFree(iterations=20, curvature=6, structural=0)),
            tmp_path / "cut",
            resume=True,
        )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"carried": True}, "the state cannot be carried"),
        ({"training": replace(PLAN.training, precision="mixed")}, "no mixed precision"),
        ({"training": replace(PLAN.training, batch=4)}, "a batch of 4, got 6"),
        ({"network": wrapped(dropout=0.5)}, "dropout has to be 0"),
        ({"network": wrapped(Zoneout(0.1))}, "no wrapper may draw"),
        ({"network": NETWORK.stack}, "trains a SequenceModel, got Stack"),
    ],
)
def test_what_could_not_act_is_refused(change, words):
    with pytest.raises(SettingsError, match=words):
        replace(PLAN, **change)

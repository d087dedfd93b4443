"""Courses: stages that follow one another as checks allow it, and a run in the midst of one that goes on exactly."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from carrousel.errors import SettingsError
from carrousel.generation.answers import free_answers
from carrousel.models import SequenceModel
from carrousel.text.tasks import Execution, Hardness, stages
from carrousel.training.courses import Promotion
from carrousel.training.observers import Silence
from carrousel.training.settings import TrainingSettings
from carrousel.training.task_feed import Drawn
from carrousel.training.task_judging import judge_on_task
from carrousel.training.task_objectives import most_probable, within
from carrousel.training.task_plan import Stage, TaskPlan
from carrousel.training.tasks import train_on_task

TASK = Execution(kind="copies", hardest=Hardness(2), row=11)


def plan(strategy="combined", **changes):
    network = SequenceModel("elman", inputs=TASK.inputs, outputs=TASK.outputs, hidden=16, key=jax.random.key(1))
    how = {"optimiser": "adam", "learning_rate": 0.02, "schedule": "constant", "batch": 16, "epochs": 12, "clip": 1}
    made = TaskPlan(
        network=network,
        task=TASK,
        check=replace(TASK, part="valid"),
        loss="softmax",
        right=most_probable,
        training=TrainingSettings(average="tokens", **how),
        block=64,
        updates=20,
        test=32,
        stages=[Stage(stage, replace(stage, part="valid", mixed=0.0)) for stage in stages(TASK, strategy)],
        promotion=Promotion(enough=0.75, patience=3),
    )
    return replace(made, **changes)


def train(made, folder, stop=lambda: False, **how):
    return train_on_task(made, folder=folder, observer=Silence(), stop=stop, **how)


def checks_made(folder):
    return (folder / "metrics.jsonl").read_text().count('"valid"')


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("runs") / "whole"


@pytest.fixture(scope="module")
def whole(folder):
    return train(plan(), folder)


def test_the_next_stage_begins_when_one_is_learned(whole):
    stage = [line["stage"] for line in whole.checks]
    assert stage == sorted(stage)
    assert set(stage) == {1, 2}
    shares, first = [line["stage_accuracy"] for line in whole.checks], stage.index(2)
    rule = plan().promotion
    assert [rule.due(shares[:checks]) for checks in range(1, first + 1)] == [False] * (first - 1) + [True]
    assert shares[-1] == pytest.approx(whole.checks[-1]["step_accuracy"])  # the last stage is as hard as the task


def test_a_course_that_was_stopped_goes_on_to_the_same_weights_and_the_same_stages(whole, tmp_path):
    in_the_second_stage = [line["stage"] for line in whole.checks].index(2) + 1
    first = train(plan(), tmp_path / "run", stop=lambda: checks_made(tmp_path / "run") > in_the_second_stage)
    assert not first.finished
    assert len(whole.checks) > len(first.checks) > in_the_second_stage
    rest = train(plan(), tmp_path / "run", resume=True)
    without_times = [[{k: v for k, v in c.items() if "seconds" not in k} for c in r.checks] for r in (rest, whole)]
    assert without_times[0] == without_times[1]
    for ours, theirs in zip(jax.tree.leaves(rest.network), jax.tree.leaves(whole.network), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_another_curriculum_does_not_go_on_with_the_run(whole, folder):
    with pytest.raises(SettingsError, match="stages"):
        train(plan("baseline"), folder, resume=True)


def test_a_stage_ends_when_it_is_learned_or_no_longer_gets_better():
    rule = Promotion(enough=0.9, patience=2)
    assert rule.due([0.2, 0.91])
    assert not rule.due([0.2])
    assert not rule.due([0.2, 0.1])
    assert rule.due([0.2, 0.1, 0.2])
    assert not rule.due([0.2, 0.1, 0.3])
    assert not Promotion(enough=0.9, patience=3).due([0.2, 0.1, 0.2])
    for settings, words in (({"enough": 0}, "a share above 0"), ({"patience": 0}, "counts checks")):
        with pytest.raises(SettingsError, match=words):
            Promotion(**settings)


def test_how_many_sequences_are_drawn_at_once_decides_what_is_drawn():
    feeds = [Drawn(task=TASK, batch=16, seed=1, per_epoch=20, block=block) for block in (32, 64, 64)]
    first, second, third = (feed.take(2, 2)["inputs"][:2] for feed in feeds)
    np.testing.assert_array_equal(second, third)
    assert not np.array_equal(first, second)
    assert [feed.capacity for feed in feeds] == [2, 4, 4]


def test_a_course_needs_classes_to_go_by(tmp_path):
    with pytest.raises(SettingsError, match="the loss is softmax, not squared"):
        train(plan(loss="squared", right=within(0.1)), tmp_path / "run")


def test_a_question_is_answered_the_same_after_another_one_in_its_row():
    network = plan().network
    drawn = TASK.draw(np.random.default_rng(1), 4)
    inputs, resets = jnp.asarray(drawn.inputs), jnp.asarray(drawn.resets)
    whole, _ = network(inputs, resets=resets)
    row, begin = 0, int(np.flatnonzero(drawn.resets[:, 0])[1])
    alone, _ = network(inputs[begin:, row : row + 1])
    np.testing.assert_allclose(whole[begin:, row : row + 1], alone, rtol=1e-5, atol=1e-6)


def test_answers_written_freely_are_right_exactly_where_every_step_is(whole):
    task = replace(TASK, part="test", row=TASK.longest)
    asked = task.ask(np.random.default_rng(5), 60)
    answers = free_answers(whole.network, [question.text for question in asked], most=4)
    exact = [answer == question.answer for answer, question in zip(answers, asked, strict=True)]
    drawn = task.draw(np.random.default_rng(5), 60)  # one question a row
    said, _ = whole.network(jnp.asarray(drawn.inputs))
    steps = np.asarray(said.argmax(-1)) == drawn.targets
    assert exact == np.all(steps | (drawn.weights == 0), axis=0).tolist()
    assert 0 < sum(exact) < 60
    for questions, words in (([], "there is none"), (["Ω"], "has 'Ω', and the network reads")):
        with pytest.raises(SettingsError, match=words):
            free_answers(whole.network, questions, most=4)
    with pytest.raises(SettingsError, match="longer than the 3 characters"):
        free_answers(whole.network, ["123456"], most=4, longest=2)


def test_fresh_questions_are_judged_by_the_part_that_is_asked_for(whole):
    seen = judge_on_task(plan(task=replace(TASK, part="train")), whole.network, count=64)
    kept = judge_on_task(plan(task=replace(TASK, part="test")), whole.network, count=64)
    assert seen["step_accuracy"] > kept["step_accuracy"] > 0.3

"""What holds for every task."""

import dataclasses

import numpy as np
import pytest

from carrousel.text import tasks
from carrousel.text.tasks import (
    Adding,
    Brackets,
    ContinualOrder,
    ContinualReber,
    CopyMemory,
    EmbeddedReber,
    Execution,
    Hardness,
    LongDistractors,
    MarkedNumbers,
    MarkedPairs,
    Parity,
    PeriodicFunction,
    RandomPermutation,
    SampledSines,
    SequentialMnist,
    Sines,
    Slide,
    Spikes,
    Surrounded,
    TemporalOrder,
    TwoClasses,
    TwoSequences,
)

TASKS = [
    Slide(),
    Slide(shortest=3, longest=3, loss_on="all"),
    TwoSequences(p=5),
    TwoSequences(p=5, middle="random", loss_on="last"),
    LongDistractors(p=5, q=3, more=20),
    TwoClasses(),
    TwoClasses(kind="3b", elements=1),
    TwoClasses(kind="3c", length=20),
    MarkedPairs(),
    MarkedPairs(operation="multiply", length=22),
    Adding(length=30),
    Adding(length=50, low=-0.5, high=0.5, first=0.1),
    TemporalOrder(),
    TemporalOrder(order=3, form="2011", length=40),
    ContinualOrder(sequences=3, order=TemporalOrder(length=20)),
    EmbeddedReber(),
    EmbeddedReber(strings=("BTBTXSETE", "BPBPVVEPE")),
    EmbeddedReber(target="legal"),
    ContinualReber(length=50),
    ContinualReber(length=50, target="legal"),
    ContinualReber(length=100, ends="whole"),
    Spikes(),
    Spikes(form="make", interval=4, further=(0, 2, 5), spikes=3),
    PeriodicFunction(shape="rectangle", periods=2),
    MarkedNumbers(),
    MarkedNumbers(operation="multiply", length=50),
    MarkedNumbers(operation="xor", length=30),
    RandomPermutation(length=10, symbols=5),
    CopyMemory(delay=4, width=3),
    CopyMemory(loss_on="copy", symbols=2, width=5),
    Parity(shortest=3, longest=9),
    Parity(loss_on="last"),
    Brackets(),
    SampledSines(),
    SampledSines(sampling="regular", with_time=False),
    Sines(step=0.5),
    Execution(),
    Execution(kind="additions", hardest=Hardness(4, 1), current=Hardness(2, 1), mixed=0.3, reverse=True),
    Surrounded(delay=1),
]


def fields(sequences):
    return {field.name: getattr(sequences, field.name) for field in dataclasses.fields(sequences)}


@pytest.fixture(scope="module", params=TASKS, ids=lambda task: repr(task)[:60])
def task(request):
    return request.param


@pytest.fixture(scope="module")
def drawn(task):
    return task.draw(np.random.default_rng(7), 64)


def test_shapes_are_those_of_the_task_and_do_not_depend_on_the_draw(task, drawn) -> None:
    symbols, classes = drawn.inputs.dtype == np.int32, drawn.targets.dtype == np.int32
    assert drawn.inputs.shape[1:] == ((64,) if symbols else (64, task.inputs))
    assert drawn.targets.shape == ((*drawn.weights.shape,) if classes else (*drawn.weights.shape, task.outputs))
    assert drawn.inputs.dtype in (np.int32, np.float32)
    again = task.draw(np.random.default_rng(8), 3)
    assert [len(again.inputs), len(again.targets), again.lengths.size] == [len(drawn.inputs), len(drawn.targets), 3]


def test_symbols_and_classes_are_within_their_numbers(task, drawn) -> None:
    if drawn.inputs.dtype == np.int32:
        assert 0 <= drawn.inputs.min() <= drawn.inputs.max() < task.inputs
    if drawn.targets.dtype == np.int32:
        assert 0 <= drawn.targets.min() <= drawn.targets.max() < task.outputs


def test_what_lies_past_a_length_is_zero_and_no_length_is(drawn) -> None:
    past = np.arange(len(drawn.inputs))[:, None] >= drawn.lengths
    for array in fields(drawn).values():
        if array is not None and array.ndim > 1:
            assert not array[past].any()
    assert drawn.lengths.min() >= 1
    assert (drawn.weights.sum(0) > 0).all()


def test_one_seed_draws_the_same_again(task, drawn) -> None:
    again = fields(task.draw(np.random.default_rng(7), 64))
    for name, array in fields(drawn).items():
        np.testing.assert_array_equal(again[name], array)


def test_none_or_one_can_be_drawn(task) -> None:
    assert task.draw(np.random.default_rng(0), 1).lengths.shape == (1,)


def test_every_task_that_is_offered_is_tried_here() -> None:
    offered = {kind for name in tasks.__all__ if dataclasses.is_dataclass(kind := getattr(tasks, name))}
    assert offered - {type(task) for task in TASKS} == {tasks.Sequences, SequentialMnist}

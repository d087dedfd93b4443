"""Tasks of 1997, 2000, 2002 and 2011 against their protocols."""

import math
from collections import Counter

import numpy as np
import pytest

from carrousel.errors import TextError
from carrousel.text.tasks import (
    LINES,
    PROMPT,
    ContinualOrder,
    LongDistractors,
    MarkedNumbers,
    MarkedPairs,
    PeriodicFunction,
    RandomPermutation,
    Slide,
    Spikes,
    TemporalOrder,
    TwoClasses,
    TwoSequences,
    slide_tokens,
    two_sequences,
)
from carrousel.text.tasks.temporal_order import SYMBOLS

COUNT = 4000


def draw(task, count=COUNT):
    return task.draw(np.random.default_rng(5), count)


def last(array, drawn):
    """Each sequence's last step."""
    return array[drawn.lengths - 1, np.arange(drawn.lengths.size)]


def even(values, choices) -> None:
    """Each of the choices comes about as often, and nothing else comes."""
    counts = Counter(np.asarray(values).tolist())
    assert set(counts) == set(choices)
    share = len(values) / len(counts)
    assert max(abs(count - share) for count in counts.values()) < 5 * share**0.5


def constant_error(drawn) -> float:
    """The squared error of the best constant answer."""
    return float(last(drawn.targets, drawn).var())


def test_slide_sequences_ask_for_their_first_letter_nine_or_ten_steps_later() -> None:
    drawn = draw(Slide())
    even(drawn.lengths, [10, 11])
    even(drawn.inputs[0], [0, 1])
    assert (drawn.weights.sum(0) == 1).all()
    assert (last(drawn.weights, drawn) == 1).all()
    assert (last(drawn.targets, drawn) == drawn.inputs[0]).all()
    inside = (np.arange(11)[:, None] < drawn.lengths)[1:]
    assert (drawn.inputs[1:][inside] == 2).all()


def test_slide_loss_on_all_steps_counts_every_symbol_to_come() -> None:
    drawn = draw(Slide(loss_on="all", shortest=2, longest=2), 4)
    assert drawn.weights.sum(0).tolist() == [3] * 4
    assert (drawn.targets[:-1] == 2).all()


def test_the_lines_and_the_prompt_of_the_notes_are_such_sequences() -> None:
    assert [len(line) - 2 for line in LINES] == [10, 10, 10, 9, 9, 9]
    assert all(line[0] == line[-1] and set(line[1:-1]) == {"X"} for line in LINES)
    assert {line[0] for line in LINES} == {"A", "B"}
    assert slide_tokens(PROMPT).tolist() == [0] + 9 * [2]
    with pytest.raises(TextError, match="got 'C' at place 1"):
        slide_tokens("AC")


def test_task_2a_predicts_the_sequences_of_the_paper() -> None:
    drawn = draw(TwoSequences(p=4), 50)
    tokens = two_sequences(np.random.default_rng(5), count=50, p=4)
    np.testing.assert_array_equal(drawn.inputs, tokens[:-1])
    np.testing.assert_array_equal(drawn.targets, tokens[1:])
    assert (drawn.weights == 1).all()


def test_task_2b_has_a_random_middle_and_the_loss_can_be_on_the_last_step() -> None:
    drawn = draw(TwoSequences(p=4, middle="random", loss_on="last"))
    even(drawn.inputs[1:].ravel(), range(3))
    assert (drawn.targets[-1] == drawn.inputs[0]).all()
    assert drawn.weights.sum(0).tolist() == [1.0] * COUNT


def test_task_2c_asks_at_e_what_came_second_and_lasts_nine_steps_more_on_average() -> None:
    p, q = 6, 5
    drawn = draw(LongDistractors(p=p, q=q))
    assert (drawn.inputs[0] == p + 1).all()
    even(drawn.inputs[1], [p + 2, p + 3])
    assert (last(drawn.inputs, drawn) == p).all()
    assert (last(drawn.targets, drawn) == drawn.inputs[1] - p - 2).all()
    more = drawn.lengths - q - 3
    assert more.min() == 0
    assert more.mean() == pytest.approx(9, abs=4 * (0.9 / 0.01 / COUNT) ** 0.5)
    assert (more == 0).mean() == pytest.approx(0.1, abs=0.02)
    even(drawn.inputs[2 : 2 + q].ravel(), range(p))


@pytest.mark.parametrize(("kind", "targets"), [("3a", (1.0, 0.0)), ("3b", (1.0, 0.0)), ("3c", (0.2, 0.8))])
def test_task_3_says_the_class_first_and_asks_last(kind, targets) -> None:
    task = TwoClasses(kind=kind, clean=True)
    drawn = draw(task)
    even(drawn.lengths, range(100, 111))
    first = drawn.inputs[:3, :, 0]
    answers = last(drawn.targets, drawn)[:, 0]
    assert set(answers.tolist()) == {np.float32(target) for target in targets}
    classes = np.where(answers == np.float32(targets[0]), 1, -1)
    noise = first - classes
    if kind == "3b":
        assert noise.std() == pytest.approx(0.2**0.5, rel=0.05)
    else:
        assert not noise.any()
    assert drawn.inputs[3:99].std() == pytest.approx(0.2**0.5, rel=0.01)
    assert constant_error(drawn) == pytest.approx(task.chance, rel=0.01)


def test_task_3c_has_noise_of_variance_a_tenth_on_its_targets() -> None:
    drawn = draw(TwoClasses(kind="3c"))
    clean = np.where(drawn.inputs[0, :, 0] == 1, 0.2, 0.8)
    noise = last(drawn.targets, drawn)[:, 0] - clean
    assert noise.mean() == pytest.approx(0, abs=0.025)
    assert noise.std() == pytest.approx(0.1**0.5, rel=0.05)


@pytest.mark.parametrize(("operation", "chance"), [("add", 1 / 24), ("multiply", 7 / 144)])
def test_marked_pairs_are_those_of_experiments_4_and_5(operation, chance) -> None:
    task = MarkedPairs(operation=operation)
    assert task.chance == pytest.approx(chance)
    drawn = draw(task)
    values, marks = drawn.inputs[..., 0], drawn.inputs[..., 1]
    even(drawn.lengths, range(100, 111))
    assert (marks[0] == -1).all()
    assert (last(marks, drawn) == -1).all()
    count = (marks == 1).sum(0)
    very_first = count == 1
    assert set(count.tolist()) == {1, 2}
    # the first is the very first pair 1 time in 10; else the second is, 1 of the 48 that are left
    assert very_first.mean() == pytest.approx(0.1 + 0.9 / 48, abs=0.02)
    assert np.nonzero(marks == 1)[0].max() == 48
    place = np.where(marks == 1, np.arange(110)[:, None], 999).min(0)
    assert place.max() < 10 or very_first[place >= 10].all()
    neutral = 0.0 if operation == "add" else 1.0
    pair = [np.where(marks == 1, values, np.nan)]
    total = np.nansum(pair[0], 0) if operation == "add" else np.nanprod(pair[0], 0)
    wanted = 0.5 + (total + neutral) / 4 if operation == "add" else total * 1.0
    np.testing.assert_allclose(last(drawn.targets, drawn)[:, 0], wanted, atol=1e-6)
    ordinary = last(drawn.targets, drawn)[~very_first]
    assert ordinary.var() == pytest.approx(chance, rel=0.08)


@pytest.mark.parametrize(("order", "places"), [(2, [(10, 20), (50, 60)]), (3, [(10, 20), (33, 43), (66, 76)])])
def test_temporal_order_of_1997_has_its_places_and_counts_x_before_y(order, places) -> None:
    drawn = draw(TemporalOrder(order=order))
    even(drawn.lengths, range(100, 111))
    assert "".join(SYMBOLS[symbol] for symbol in drawn.inputs[0, :3]) == "EEE"
    assert (last(drawn.inputs, drawn) == SYMBOLS.index("B")).all()
    told = np.isin(drawn.inputs, [4, 5])
    assert (told.sum(0) == order).all()
    answers = np.zeros(COUNT, int)
    for first, behind in places:
        part = told[first : behind + 1]
        assert (part.sum(0) == 1).all()
        even(part.argmax(0), range(11))
        answers = 2 * answers + (np.where(part, drawn.inputs[first : behind + 1], 0).max(0) == 5)
    assert (last(drawn.targets, drawn) == answers).all()
    even(answers, range(2**order))
    even(drawn.inputs[1:10].ravel(), range(4))


def test_temporal_order_of_2011_is_scaled_and_has_neither_e_nor_b() -> None:
    drawn = draw(TemporalOrder(order=2, form="2011", length=50))
    even(drawn.lengths, range(50, 55))
    assert drawn.inputs.max() <= 5
    told = np.isin(drawn.inputs, [4, 5])
    assert np.nonzero(told)[0].min() == 0
    assert np.nonzero(told[:15])[0].max() == 4
    assert {place + 15 for place in np.nonzero(told[15:])[0]} == set(range(20, 25))


def test_a_continual_stream_is_its_sequences_end_to_end() -> None:
    order = TemporalOrder(length=20)
    task = ContinualOrder(sequences=3, order=order)
    drawn = draw(task, 5)
    parts = order.draw(np.random.default_rng(5), 15)
    for stream in range(5):
        mine = [stream + 5 * part for part in range(3)]
        whole = np.concatenate([parts.inputs[: parts.lengths[part], part] for part in mine])
        assert drawn.lengths[stream] == len(whole)
        np.testing.assert_array_equal(drawn.inputs[: len(whole), stream], whole)
        asked = np.flatnonzero(drawn.weights[:, stream])
        assert asked.tolist() == (np.cumsum(parts.lengths[mine]) - 1).tolist()
        assert drawn.targets[asked, stream].tolist() == [parts.targets[parts.lengths[p] - 1, p] for p in mine]


def test_measured_spikes_say_at_each_how_much_later_than_the_interval_it_came() -> None:
    drawn = draw(Spikes(interval=7, further=(0, 3), spikes=4), 200)
    for stream in range(200):
        places = np.flatnonzero(drawn.inputs[:, stream, 0])
        gaps = np.diff(places)
        assert places[0] == 0
        assert len(gaps) == 4
        assert drawn.lengths[stream] == places[-1] + 1
        assert np.flatnonzero(drawn.weights[:, stream]).tolist() == places[1:].tolist()
        assert drawn.targets[places[1:], stream, 0].tolist() == ((gaps - 7) / 3).tolist()
    assert drawn.inputs.shape[0] == 4 * 10 + 1


def test_made_spikes_come_as_much_later_as_was_told_at_the_spike_before() -> None:
    drawn = draw(Spikes(interval=7, further=(0, 3), spikes=4, form="make"), 50)
    for stream in range(50):
        places = [0, *np.flatnonzero(drawn.targets[:, stream, 0])]
        assert drawn.inputs[places[:-1], stream, 0].tolist() == ((np.diff(places) - 7) / 3).tolist()
        assert drawn.weights[:, stream].sum() == drawn.lengths[stream] - 1


@pytest.mark.parametrize(
    ("shape", "period"), [("cosine", [0, 0.5, 1, 0.5]), ("triangle", [0, 0.5, 1, 0.5]), ("rectangle", [0, 0, 1, 1])]
)
def test_periodic_functions_repeat_their_period(shape, period) -> None:
    drawn = draw(PeriodicFunction(period=4, shape=shape, periods=3), 2)
    np.testing.assert_allclose(drawn.targets[:, 1, 0], 3 * period, atol=1e-7)
    assert not drawn.inputs.any()


@pytest.mark.parametrize(
    ("operation", "made", "lengths"),
    [
        ("add", lambda pair: pair.sum(0), range(100, 110)),
        ("multiply", lambda pair: pair.prod(0), range(100, 110)),
        ("xor", lambda pair: pair.sum(0) % 2, range(50, 56)),
    ],
)
def test_marked_numbers_give_what_is_made_of_the_marked_two(operation, made, lengths) -> None:
    task = MarkedNumbers(operation=operation)
    drawn = draw(task)
    numbers, marks = drawn.inputs[..., 0], drawn.inputs[..., 1]
    even(drawn.lengths, lengths)
    assert (marks[0] == -1).all()
    assert (marks[drawn.lengths - 3, np.arange(COUNT)] == -1).all()
    assert ((marks == 1).sum(0) == 2).all()
    pair = np.sort(np.where(marks == 1, np.arange(len(marks))[:, None], 999), 0)[:2]
    even(pair[0], range(1, 10))
    even(pair[1], range(15, 25) if operation == "xor" else range(10, 50))
    wanted = made(np.take_along_axis(numbers, pair, 0))
    np.testing.assert_allclose(last(drawn.targets, drawn)[:, 0], wanted, atol=1e-6)
    assert constant_error(drawn) == pytest.approx(task.chance, rel=0.08)


def test_random_permutation_ends_as_it_begins_and_all_else_is_even() -> None:
    drawn = draw(RandomPermutation(length=20, symbols=6))
    even(drawn.inputs[0], [0, 1])
    even(drawn.inputs[1:].ravel(), range(2, 6))
    assert (drawn.targets[-1] == drawn.inputs[0]).all()
    # what can be learned: the middle stays at log 4 a step
    assert math.log(4) == pytest.approx(-np.mean(np.log(np.bincount(drawn.inputs[1])[2:] / COUNT)), abs=0.01)

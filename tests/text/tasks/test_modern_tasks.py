"""Tasks as they are posed today: adding, copying, parity, brackets, frequencies."""

import math

import numpy as np
import pytest

from carrousel.text.tasks import Adding, Brackets, CopyMemory, Parity, SampledSines, Sines

COUNT = 4000


def draw(task, count=COUNT):
    return task.draw(np.random.default_rng(6), count)


@pytest.mark.parametrize(
    ("task", "places"),
    [
        (Adding(length=20), [(0, 9), (10, 19)]),
        (Adding(length=50, low=-0.5, high=0.5, first=0.1), [(0, 4), (25, 49)]),
        (Adding(length=20, low=2.0, high=5.0, second=0.1), [(0, 9), (18, 19)]),
    ],
)
def test_adding_marks_one_value_of_each_part_and_asks_for_their_sum(task, places) -> None:
    drawn = draw(task)
    values, marks = drawn.inputs[..., 0], drawn.inputs[..., 1]
    assert task.low <= values.min() <= values.max() <= task.high
    for first, last in places:
        at = np.nonzero(marks[first : last + 1])[0]
        assert len(at) == COUNT
        assert (at.min(), at.max()) == (0, last - first)
    np.testing.assert_allclose(drawn.targets[-1, :, 0], (values * marks).sum(0), rtol=1e-6)
    assert drawn.targets[-1].var() == pytest.approx(task.chance, rel=0.08)
    assert drawn.weights.sum(0).tolist() == [1.0] * COUNT


def test_the_constant_answer_to_the_adding_problem_is_a_sixth_off() -> None:
    assert Adding().chance == pytest.approx(1 / 6)


def test_copy_memory_asks_for_the_symbols_behind_the_cue() -> None:
    drawn = draw(CopyMemory(delay=4, symbols=3, width=2, loss_on="copy"), 50)
    assert drawn.inputs[:2].max() == 2
    assert (drawn.inputs[2:5] == 3).all()
    assert (drawn.inputs[5] == 4).all()
    assert (drawn.inputs[6:] == 3).all()
    np.testing.assert_array_equal(drawn.targets[6:], drawn.inputs[:2])
    assert (drawn.targets[:6] == 3).all()
    assert drawn.weights[:, 0].tolist() == 6 * [0] + 2 * [1]


def test_chance_in_copy_memory_is_the_even_guess_over_the_steps_that_count() -> None:
    assert CopyMemory().chance == pytest.approx(10 * math.log(8) / 120)
    assert CopyMemory(loss_on="copy").chance == pytest.approx(math.log(8))
    assert (CopyMemory(symbols=2, width=5).bits, CopyMemory(symbols=4, width=10).bits) == (5, 20)


def test_parity_is_that_of_the_bits_so_far() -> None:
    drawn = draw(Parity(shortest=3, longest=6), 500)
    for column, length in enumerate(drawn.lengths):
        bits = drawn.inputs[:length, column]
        assert drawn.targets[:length, column].tolist() == [sum(bits[: n + 1]) % 2 for n in range(length)]
    assert drawn.weights.sum(0).tolist() == drawn.lengths.tolist()
    assert set(drawn.lengths) == {3, 4, 5, 6}
    assert draw(Parity(loss_on="last"), 3).weights.sum(0).tolist() == [1, 1, 1]


def test_brackets_balance_and_the_target_is_what_would_close() -> None:
    task = Brackets(length=12, kinds=3, deepest=4)
    drawn = draw(task, 500)
    deepest = 0
    for column in range(500):
        stack: list[int] = []
        for symbol, target in zip(drawn.inputs[:, column], drawn.targets[:, column], strict=True):
            if symbol < 3:
                stack.append(symbol)
            else:
                assert stack.pop() == symbol - 3
            assert target == (stack[-1] if stack else 3)
            deepest = max(deepest, len(stack))
        assert not stack
    assert deepest == 4


def test_half_of_the_sampled_sines_have_a_period_of_five_to_six() -> None:
    drawn = draw(SampledSines(), 400)
    answers = drawn.targets[drawn.lengths - 1, np.arange(400)]
    assert answers[::2].all()
    assert answers[1::2].mean() == pytest.approx(math.log(1.2) / math.log(100), abs=0.06)


@pytest.mark.parametrize("task", [SampledSines(), SampledSines(sampling="regular", step=0.5)])
def test_samples_are_in_order_within_125_and_of_one_sine(task) -> None:
    drawn = draw(task, 300)
    assert drawn.times is not None
    np.testing.assert_array_equal(drawn.inputs[..., 1], drawn.times)
    assert drawn.times.max() < 126
    for column, length in enumerate(drawn.lengths[:8]):
        times, wave = drawn.times[:length, column], drawn.inputs[:length, column, 0]
        assert (np.diff(times) >= 0).all()
        if task.sampling == "regular":
            np.testing.assert_allclose(np.diff(times), 0.5, atol=1e-4)
        if drawn.targets[length - 1, column]:
            fits = []
            for period in np.linspace(5, 6, 401):
                basis = np.stack([np.sin(2 * np.pi * times / period), np.cos(2 * np.pi * times / period)], 1)
                fits.append(np.abs(basis @ np.linalg.lstsq(basis, wave, rcond=None)[0] - wave).max())
            assert min(fits) < 0.1
    assert drawn.lengths.min() > 14


def test_sines_of_a_hundred_milliseconds_are_half_of_the_wanted_period() -> None:
    drawn = draw(Sines(step=0.5))
    assert drawn.inputs.shape == (200, COUNT, 1)
    assert drawn.targets[-1].mean() == pytest.approx(0.5, abs=0.04)
    turns = np.abs(np.diff(np.signbit(drawn.inputs[..., 0]), axis=0)).sum(0)
    of_wanted = turns[drawn.targets[-1] == 1]
    assert (of_wanted.min(), of_wanted.max()) == (33, 40)
    wanted = (turns >= 33) & (turns <= 40)
    assert (wanted & (drawn.targets[-1] == 0)).mean() < 0.01

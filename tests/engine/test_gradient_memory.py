"""What a gradient holds, counted from plans, beside counts by hand; tests/bench/test_scaling.py asks XLA."""

import pytest

from carrousel.cells import find_cell
from carrousel.engine.gradient_memory import Held, gradient_numbers, held, kept_steps
from carrousel.engine.planning import plan_cell

H = 6


def plan(name):
    return plan_cell(find_cell(name), inputs=H, hidden=H)


@pytest.mark.parametrize(
    ("cell", "forward", "backward", "states", "matrices"),
    [
        # forward: the input's product, the loop's product, states, output; backward: all, copies of addends, cotangents
        ("elman", 1 + 1 + 1 + 1, 1 + 1 + 1 + 1 + 1 + 1, 1, 0),
        ("lstm", 4 + 4 + 2 + 1, 4 + 4 + 4 + 2 + 1 + 4, 2, 2 * 4),
        # r and z are added to a product, n is read beside one: copies stay, and n's cotangent is a sequence too
        ("gru", 3 + 3 + 3 + 1 + 1, 3 + 3 + 3 + 1 + 1 + 3 + 1, 1, 2 * 3),
        # f and n are added to two products, and f h, which U.n takes in, is no state
        ("mgu", 2 + 2 + 2 + 1 + 1, 2 + 2 + 2 + 1 + 1 + 2 + 1, 1, 0),
    ],
)
def test_what_is_held_is_what_the_plan_says(cell, forward, backward, states, matrices):
    assert held(plan(cell)) == Held(forward * H, backward * H, states * H, H, matrices * H * H)


def test_segments_hold_the_insides_of_one_and_the_states_between():
    counts = held(plan("lstm"))
    assert gradient_numbers(plan("lstm"), time=100, batch=3, segment=0) == 300 * counts.backward + counts.matrices
    cut = gradient_numbers(plan("lstm"), time=100, batch=3, segment=30)
    assert cut == 3 * (4 * counts.states + 30 * counts.backward) + counts.matrices


def test_all_steps_are_kept_where_a_segment_is_no_shorter():
    assert [kept_steps(100, n) for n in (None, 0, 10, 100, 200)] == [100, 100, 10, 100, 100]
    assert kept_steps(10_000) == 100

"""What is computed once, what for all steps at once, and what loops: read off the flow of data."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from carrousel.cells import CELLS
from carrousel.engine import Cell, Matrices, Start, Vector, Vectors, plan_cell, recur, start_letters, start_state, tanh
from carrousel.engine.plan import Loop, Shift
from carrousel.engine.planning import named_values
from tests.engine import odd_cells


def plan_of(function, **row):
    return plan_cell(Cell(function, **row), inputs=4, hidden=6)


def products(block):
    return [[slot.name for slot in group.slots] for group in block.groups]


def test_the_products_of_one_value_are_one_stacked_product():
    plan = plan_cell(Cell(odd_cells.three_states), inputs=4, hidden=6)
    assert products(plan.hoisted[0]) == [["W.i", "W.f", "W.z"]]
    assert [sorted(p) for p in products(plan.loops[0])] == [["U.f", "U.i", "U.z"]]


def test_biases_leave_the_loop_with_the_inputs_product():
    def biased(x: Vector, h: Vector, *, W: Matrices, U: Matrices, b: Vectors):
        return tanh(b.a + W.h @ x + U.h @ h + b.h)

    (loop,) = plan_of(biased).loops
    assert [op.primitive.name for op in loop.ops] == ["product", "tanh"]


def test_stages_are_the_depth_of_the_products():
    (loop,) = plan_of(odd_cells.letter_on_two_values).loops
    assert sorted(g.stage for g in loop.groups) == [1, 1, 2]


def test_states_that_do_not_read_one_another_are_loops_of_their_own():
    plan = plan_of(odd_cells.two_components)
    assert [loop.kind for loop in plan.loops] == ["linear", "products"]
    assert [["V.h"]] in [products(block) for block in plan.hoisted]


def test_a_state_whose_new_value_reads_no_state_is_a_shift():
    plan = plan_of(odd_cells.past_input, sizes={"past": "x"})
    assert [type(p) for p in plan.phases if isinstance(p, (Loop, Shift))] == [Shift, Loop]
    assert plan.kind == "linear"


def test_a_product_of_joined_values_is_split_so_that_its_known_part_is_hoisted():
    plan = plan_of(odd_cells.joined)
    assert len(plan.hoisted[0].groups) == 1
    assert len(plan.loops[0].groups) == 1


def test_the_mean_over_units_makes_a_step_not_diagonal():
    def averaged(x: Vector, h: Vector, *, W: Matrices):
        return 0.5 * h + 0.1 * jnp.mean(h) + W.h @ x

    assert plan_of(averaged).kind == "elementwise"


def test_names_tell_the_old_and_the_new_value_apart():
    plan = plan_cell(Cell(odd_cells.cumulative_sum), inputs=4, hidden=6, named=True)
    assert list(plan.named) == ["h₋₁", "c₋₁", "master", "c", "h"]


def test_a_name_that_is_given_again_keeps_its_earlier_values():
    trace = plan_of(odd_cells.rounds_of_products, sizes={"Q": "x"}).trace
    assert [n for n in named_values(trace) if n.startswith("x")] == ["x.1", "x.2", "x"]


def test_a_function_without_source_keeps_its_equations_and_loses_its_names():
    known = {"Vector": Vector, "Matrices": Matrices, "tanh": tanh}
    exec("def typed(x: Vector, h: Vector, *, W: Matrices):\n    n = tanh(W.h @ x + h)\n    return n", known)
    assert list(named_values(plan_of(known["typed"]).trace)) == ["h₋₁", "h"]


def test_named_values_are_those_of_the_function():
    cell = Cell(odd_cells.three_states)
    plan = plan_cell(cell, inputs=4, hidden=6)
    letters = start_letters(plan, Start(), key=jax.random.key(0))
    xs = jnp.ones((3, 2, 4))
    state = tuple(jnp.broadcast_to(s, (2, *s.shape)) for s in start_state(plan))
    named = recur(cell, letters, xs, state, hidden=6, named=True).named
    np.testing.assert_allclose(named["n"][1], named["f"][1] * named["n₋₁"][1] + named["i"][1], rtol=1e-6)
    np.testing.assert_array_equal(named["c₋₁"][1:], named["c"][:-1])


def test_the_fingerprint_changes_with_the_equations_and_not_with_their_writing():
    def one(x: Vector, h: Vector, *, W: Matrices):
        new = tanh(W.h @ x + h)
        return new  # noqa: RET504 - the other way of writing

    def same(x: Vector, h: Vector, *, W: Matrices):
        return tanh(W.h @ x + h)

    def other(x: Vector, h: Vector, *, W: Matrices):
        return tanh(W.h @ x - h)

    prints = [plan_of(f).trace.fingerprint() for f in (one, same, other)]
    assert prints[0] == prints[1] != prints[2]


@pytest.mark.parametrize(("size", "count"), [(6, 4 * 6 * (4 + 6 + 1)), (10, 4 * 10 * (4 + 10 + 1))])
def test_the_parameters_of_an_lstm_are_counted_as_the_paper_counts_them(size, count):
    assert plan_cell(CELLS["lstm"], inputs=4, hidden=size).parameters == count

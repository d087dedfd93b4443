"""The plan in words says what the plan does, and a formula of sizes counts what the plan counts."""

import pytest

from carrousel.cells import CELLS
from carrousel.engine import Cell, Constants, Matrices, Vector, cumsum, exp, plan_cell, tanh
from carrousel.engine.describe import describe_plan
from carrousel.engine.parameters import count_parameters
from tests.engine.odd_cells import ODD
from tests.engine.read_cells import HIDDEN, every_cell, planned, size_of_x

POWERS = str.maketrans({"·": "*", "²": "__2", "³": "__3", "⁴": "__4"})
NAMED = {**CELLS, **{cell.name: cell for cell in ODD}}


def words(name):
    return describe_plan(planned(NAMED[name]))


def test_the_lstm_is_one_hoisted_product_and_one_a_step():
    assert words("lstm") == (
        "class products: products of the state in every step; 1 hoisted product, 1 product a step",
        "before any loop, for all steps at once: 1 product of x [W.i W.f W.g W.o], 32 rows",
        "before any loop, unit by unit: b.i b.f b.g b.o",
        "loop 1 over h, c: products of the state in every step",
        "  stage 1: 1 product a step of h₋₁ [U.i U.f U.g U.o], 32 rows",
    )


def test_a_reset_before_the_product_makes_two_stages():
    lines = words("gru-reset-before")
    assert lines[0].endswith("2 products a step in 2 stages")
    assert lines[-1] == "  stage 2: 1 product a step of r ⊙ h₋₁ [U.n], 8 rows"


def test_letters_used_unit_by_unit_in_a_loop_say_where_their_gradient_goes():
    assert words("peephole-lstm")[-1] == "  unit by unit: p.i p.f p.o (gradient added up in the carry)"

    def whole(x: Vector, h: Vector, *, W: Matrices, U: Matrices):
        return tanh(W.h @ x + (exp(-h[:, None]) * U.h) @ h)

    lines = describe_plan(plan_cell(Cell(whole), inputs=4, hidden=8))
    assert lines[-1] == "  as whole matrices, unit by unit: U.h (gradient added up in the carry)"


def test_components_are_loops_in_order_with_what_stands_between_them():
    lines = words("two-components")
    places = [next(k for k, line in enumerate(lines) if part in line) for part in ("loop 1 over s", "[V.h]", "loop 2")]
    assert places == sorted(places)
    assert "after loop 1, for all steps at once: 1 product of s [V.h], 8 rows" in lines


def test_a_past_input_is_no_loop_and_what_is_made_of_letters_is_computed_once():
    assert "past is x one step late: no loop" in words("past-input")
    assert "computed once: A" in words("antisymmetric")
    assert "computed once: W_h − W_hᵀ" in words("antisymmetric-rnn")
    assert words("min-gru")[0].startswith(
        "class linear: linear and diagonal in the state; 1 hoisted product, 0 products"
    )


def test_a_matrix_that_meets_joined_vectors_is_read_in_parts():
    assert any("1 product of x [a part of W.h]" in line for line in words("joined"))


@every_cell
def test_every_product_of_a_plan_stands_in_its_words(cell):
    plan = planned(cell)
    lines = "\n".join(describe_plan(plan))
    groups = [g for p in (*plan.hoisted, *plan.loops) for g in p.groups]
    assert lines.count("1 product of") + lines.count("1 product a step of") == len(groups)
    bare = {slot.name for g in groups for slot in g.slots if slot.name != "matrix"}
    assert all(name in lines for name in bare)


@every_cell
def test_the_formula_of_a_cell_counts_what_its_plan_counts(cell):
    inputs = size_of_x(cell)
    trained, fixed = count_parameters(cell, inputs=inputs, hidden=HIDDEN)
    assert trained.count == planned(cell).parameters
    for found in (trained, fixed):
        formula = found.formula.translate(POWERS).replace("__", "**")
        assert eval(formula, {}, {"inputs": inputs, "hidden": HIDDEN, **cell.options}) == found.count


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("lstm", "4·hidden·inputs + 4·hidden² + 4·hidden"),
        ("lstm-projected", "4·hidden·inputs + 5·hidden·projection + 4·hidden"),
        ("slstm", "4·hidden·inputs + 4·heads·(hidden / heads)² + 4·hidden"),
        ("intersection-rnn", "8·hidden² + 4·hidden"),
        ("joined", "hidden·(hidden + inputs) + hidden"),
    ],
)
def test_formulas_have_the_names_of_the_row(name, formula):
    cell = NAMED[name]
    assert count_parameters(cell, inputs=size_of_x(cell), hidden=HIDDEN)[0].formula == formula


def test_a_size_that_two_options_have_stands_as_its_number():
    def cell(x: Vector, h: Vector, a: Vector, b: Vector, *, W: Matrices, T: Constants, first: int = 3, second: int = 3):
        return tanh(W.h @ h + W.a @ a + W.b @ b) + T.h + W.x @ x, cumsum(a), b

    made = Cell(cell, sizes={"a": "first", "b": "second"})
    trained, fixed = count_parameters(made, inputs=4, hidden=HIDDEN)
    assert trained.formula == "hidden² + 2·3·hidden + hidden·inputs"
    assert fixed.formula == "hidden"

"""LaTeX and Unicode of equations: what papers write, no two things alike, every bracket that is needed."""

import re

import pytest

from carrousel.cells import CELLS
from carrousel.engine import Cell, Input, Matrices, Scalar, Vector, Vectors, concatenate, mod, tanh, where
from carrousel.engine.equations import read_equations
from carrousel.engine.planning import named_values
from carrousel.engine.typeset import labels, latex, legend, text
from carrousel.engine.typeset.naming import Names
from tests.engine.read_cells import every_cell, flow, planned, reading


def rows(cell):
    return latex(reading(cell)).splitlines()[1:-1]


def test_the_lstm_in_latex():
    assert latex(reading(CELLS["lstm"])) == "\n".join(
        [
            r"\begin{aligned}",
            r"i_t &= \sigma(W_i x_t + U_i h_{t-1} + b_i) \\",
            r"f_t &= \sigma(W_f x_t + U_f h_{t-1} + b_f) \\",
            r"g_t &= \tanh(W_g x_t + U_g h_{t-1} + b_g) \\",
            r"o_t &= \sigma(W_o x_t + U_o h_{t-1} + b_o) \\",
            r"c_t &= f_t \odot c_{t-1} + i_t \odot g_t \\",
            r"h_t &= o_t \odot \tanh(c_t)",
            r"\end{aligned}",
        ]
    )


def test_the_lstm_in_unicode():
    assert text(reading(CELLS["lstm"])) == (
        "i = σ(W_i x + U_i h₋₁ + b_i)",
        "f = σ(W_f x + U_f h₋₁ + b_f)",
        "g = tanh(W_g x + U_g h₋₁ + b_g)",
        "o = σ(W_o x + U_o h₋₁ + b_o)",
        "c = f ⊙ c₋₁ + i ⊙ g",
        "h = o ⊙ tanh(c)",
    )


def test_a_value_given_again_carries_its_number_until_the_last():
    assert rows(CELLS["time-aware-lstm"])[1] == (
        r"c_t^{(1)} &= c_{t-1} - \mathrm{short}_t + \frac{\mathrm{short}_t}{\log(e + \mathrm{elapsed}_t)} \\"
    )
    assert rows(CELLS["time-aware-lstm"])[-2] == r"c_t &= f_t \odot c_t^{(1)} + i_t \odot g_t \\"


def test_steps_are_counted_by_another_letter_where_the_cell_uses_t():
    assert r"t_k &= t_{k-1} + 1" in rows(CELLS["clockwork-rnn"])[-1]
    assert rows(CELLS["phased-lstm"])[0] == r"\tau &= \left|T_\tau\right| \\"


def read(function):
    return read_equations(Cell(function), inputs=4, hidden=4)


def test_products_with_numbers_with_matrices_and_unit_by_unit_look_different():
    def cell(x: Vector, m: Input, h: Vector, *, W: Matrices, w: Vectors, scale: float = 0.5):
        s = w.s @ h
        return scale * h + m * (W.h @ x) + s * tanh(w.t * h) + 2 * h * tanh(x)

    found = read(cell)
    assert text(found)[0] == "s = w_sᵀ h₋₁"
    assert text(found)[1] == "h = scale · h₋₁ + m · (W_h x) + s · tanh(w_t ⊙ h₋₁) + 2 · h₋₁ ⊙ tanh(x)"
    assert (
        latex(found)
        .splitlines()[2]
        .endswith(r"m_t \, (W_h x_t) + s_t \, \tanh(w_t \odot h_{t-1}) + 2 \, h_{t-1} \odot \tanh(x_t)")
    )
    assert "scale = 0.5" in legend(found)


def test_brackets_stand_where_the_order_needs_them():
    def cell(x: Vector, h: Vector, *, W: Matrices, U: Matrices):
        a = (U.a @ h) * (W.a @ x)
        b = U.b @ (h * a) - (a - (h - a))
        return a / (b * h) / (a / b) + (-a) * b + (1 - a) ** 2 - (b**2) ** 0.5

    assert text(read(cell)) == (
        "a = (U_a h₋₁) ⊙ (W_a x)",
        "b = U_b (h₋₁ ⊙ a) − (a − (h₋₁ − a))",
        "h = (a / (b ⊙ h₋₁)) / (a / b) + (−a) ⊙ b + (1 − a)² − √(b²)",
    )


def test_cases_moduli_and_joined_vectors_look_as_in_papers():
    def cell(x: Vector, h: Vector, t: Scalar, *, W: Matrices):
        n = where(t < 3, abs(h), where(t < 5, -h, 0.0 * h))
        return n + tanh(W.h @ concatenate([x, h])) + 1e-6, mod(t, 7) + 1

    found = read(cell)
    assert text(found)[0] == "n = |h₋₁| if t₋₁ < 3, −h₋₁ if t₋₁ < 5, else 0 · h₋₁"
    assert r"\tanh(W_h [x_k;\, h_{k-1}]) + 10^{-6}" in latex(found)
    assert text(found)[2] == "t = t₋₁ mod 7 + 1"


@every_cell
def test_no_two_things_are_shown_alike(cell):
    for found in (reading(cell), flow(cell)):
        for in_latex in (True, False):
            shown = list(Names(found, latex=in_latex).shown.values())
            assert len(set(shown)) == len(shown)


@every_cell
def test_latex_closes_what_it_opens(cell):
    for found in (reading(cell), flow(cell)):
        written = re.sub(r"\\[{}]", "", latex(found))
        assert written.count("{") == written.count("}")
        assert written.count(r"\left") == written.count(r"\right")
        assert not re.search(r"\^(\{[^}]*\}|\\?\w)\^|_(\{[^}]*\}|\w)_", written)  # a double index is an error of LaTeX
        for row in written.splitlines()[1:-1]:
            depth = 0
            for character in row:
                depth += (character == "(") - (character == ")")
                assert depth >= 0
            assert depth == 0


@every_cell
def test_every_name_of_a_trace_has_its_label_unless_nothing_depends_on_it(cell):
    keys = list(named_values(planned(cell).trace))
    shown = labels(reading(cell), keys)
    read = {s.name for s in reading(cell).symbols}
    assert {key for key in keys if key not in shown} <= {key for key in keys if key.removesuffix("₋₁") not in read}
    assert len(set(shown.values())) == len(shown)


def test_labels_tell_old_new_and_intermediate_values_apart():
    keys = ["c₋₁", "c.1", "c", "f"]
    assert labels(reading(CELLS["time-aware-lstm"]), keys) == {
        "c₋₁": "c_{t-1}",
        "c.1": "c_t^{(1)}",
        "c": "c_t",
        "f": "f_t",
    }
    shown = labels(reading(CELLS["time-aware-lstm"]), keys, in_latex=False)
    assert shown == {"c₋₁": "c₋₁", "c.1": "c⁽¹⁾", "c": "c", "f": "f"}


@pytest.mark.parametrize("name", ["layer-norm-lstm", "lstm-1997", "lmu", "urnn"])
def test_functions_that_papers_do_not_all_know_are_explained(name):
    words = {
        "layer-norm-lstm": "layer normalisation",
        "lstm-1997": "stop: the value without its derivative",
        "lmu": "legendre: the delay of theta steps",
        "urnn": "ⅈ is the imaginary unit",
    }
    assert any(words[name] in line for line in legend(reading(CELLS[name])))

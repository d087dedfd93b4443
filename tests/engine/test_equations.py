"""The reading of equations computes what the function computes, whatever the function's text holds."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from carrousel.cells import CELLS
from carrousel.cells.lstm import lstm
from carrousel.engine import Cell, Matrices, Vector, Vectors, concatenate, reference, sigmoid, split, tanh
from carrousel.engine.equations import read_equations, reader, run_reading, symbol_values
from carrousel.engine.names import noting
from carrousel.engine.typeset import legend, text
from tests.engine.read_cells import EVERY, drawn, every_cell, flow, namespaces, planned, reading

STEPS = 3
CLOSE = 1e-10  # float64, where sums of some dozen terms stand in another order


def run(found, cell, letters, incoming):
    """Some steps by the equations: the outputs and the last states."""
    rest, state = incoming[: -len(cell.signature.states)], incoming[-len(cell.signature.states) :]
    outputs = []
    for _ in range(STEPS):
        output, *state = run_reading(found, [*rest, *state], namespaces(cell, letters))
        outputs.append(output)
    return outputs, state


def by_reference(cell, letters, incoming):
    """The same steps by the cell's own function."""
    further = len(cell.signature.inputs)
    x, inputs, state = incoming[0], incoming[1 : 1 + further], incoming[1 + further :]
    whole = {n: np.stack([v[None]] * STEPS) for n, v in zip(cell.signature.inputs, inputs, strict=True)}
    outputs, last = reference(cell, letters, np.stack([x[None]] * STEPS), tuple(s[None] for s in state), whole)
    return list(outputs[:, 0]), [s[0] for s in last]


def difference(a, b):
    pairs = list(zip([*a[0], *a[1]], [*b[0], *b[1]], strict=True))
    assert all(np.shape(u) == np.shape(v) for u, v in pairs)
    return max(float(np.max(np.abs(u - v) / (1 + np.abs(v)))) for u, v in pairs)


@every_cell
def test_every_cell_is_read_from_its_text_and_computes_what_its_function_does(cell):
    incoming, letters = drawn(cell)
    assert reading(cell).note == ""
    assert difference(run(reading(cell), cell, letters, incoming), by_reference(cell, letters, incoming)) < CLOSE


@every_cell
def test_the_data_flow_of_every_cell_computes_what_its_function_does(cell):
    incoming, letters = drawn(cell)
    with jax.enable_x64():
        assert difference(run(flow(cell), cell, letters, incoming), by_reference(cell, letters, incoming)) < CLOSE


@every_cell
def test_the_equations_name_every_letter_of_the_plan(cell):
    for found in (reading(cell), flow(cell)):
        assert {(letter.space, letter.name) for letter in found.letters} == set(planned(cell).letters)


@every_cell
def test_every_state_has_an_equation_with_its_name(cell):
    for found in (reading(cell), flow(cell)):
        targets = {t for equation in found.equations for t in equation.targets}
        assert [s.name for s in found.results[1:]] == list(cell.signature.states)
        assert set(found.results[1:]) <= targets


@every_cell
def test_every_name_stands_for_the_value_that_the_function_gave_it(cell):
    incoming, letters = drawn(cell)
    given = {}

    def note(name, value):
        if isinstance(value, (np.ndarray, np.generic)):
            given.setdefault(name, []).append(value)

    noting(cell.function, note)(*incoming, **namespaces(cell, letters), **cell.options)
    known = symbol_values(reading(cell), incoming, namespaces(cell, letters))
    versions = {(s.name, s.version): value for s, value in known.items() if s.version and not s.scope}
    shared = [(name, k) for name, values in given.items() for k in range(1, len(values) + 1) if (name, k) in versions]
    assert all(np.allclose(versions[name, k], given[name][k - 1], rtol=CLOSE) for name, k in shared)
    assert {name for name, _ in shared} >= {s.name for s in known if s.version} & set(given)


def read(function, inputs=4, **options):
    return read_equations(Cell(function, **options), inputs=inputs, hidden=8)


def test_a_state_is_the_old_one_before_it_is_given_again_and_the_new_one_after():
    lines = text(reading(CELLS["peephole-lstm"]))
    assert "i = σ(W_i x + U_i h₋₁ + p_i ⊙ c₋₁ + b_i)" in lines
    assert "o = σ(W_o x + U_o h₋₁ + p_o ⊙ c + b_o)" in lines


def nested(x: Vector, h: Vector, c: Vector, *, W: Matrices, U: Matrices, V: Matrices, b: Vectors):
    h, c = lstm(x, h, c, W=W, U=U, b=b)
    squash = lambda v: v * sigmoid(v)  # noqa: E731
    return squash(V.h @ h), c


def test_another_cell_inside_keeps_its_names_and_a_helper_is_put_in_its_place():
    assert text(read(nested)) == (
        "   i = σ(W_i x + U_i h₋₁ + b_i)",
        "   f = σ(W_f x + U_f h₋₁ + b_f)",
        "   g = tanh(W_g x + U_g h₋₁ + b_g)",
        "   o = σ(W_o x + U_o h₋₁ + b_o)",
        "   c = f ⊙ c₋₁ + i ⊙ g",
        "h⁽¹⁾ = o ⊙ tanh(c)",
        "   v = V_h h⁽¹⁾",
        "   h = v ⊙ σ(v)",
    )


def twice(x: Vector, h: Vector, c: Vector, *, W: Matrices, U: Matrices, b: Vectors):
    i = 0.5 * x
    h, c = lstm(tanh(i), h, c, W=W, U=U, b=b)
    h, c = lstm(i, h, c, W=W, U=U, b=b)
    return h, c


def test_names_of_inner_functions_that_clash_are_told_apart_by_primes():
    lefts = [line.split(" = ")[0].strip() for line in text(read(twice, inputs=8, sizes={"x": "hidden"}))]
    assert len(set(lefts)) == len(lefts)
    assert {"i", "i'", "i''"} <= set(lefts)


def optional(x: Vector, h: Vector, *, W: Matrices, b: Vectors, gated: bool = True, squash: str = "tanh"):
    n = tanh(W.h @ x) if squash == "tanh" else sigmoid(W.h @ x + b.h)
    if gated:
        z = sigmoid(W.z @ x)
        return z * h + (1 - z) * n
    return h + n


def test_branches_on_options_are_taken_as_the_cell_takes_them():
    assert text(read(optional))[-1] == "h = z ⊙ h₋₁ + (1 − z) ⊙ n"
    assert text(read(optional, gated=False, squash="sigmoid")) == ("n = σ(W_h x + b_h)", "h = h₋₁ + n")


def unpacked(x: Vector, h: Vector, *, W: Matrices, U: Matrices):
    first, second = split(W.h @ x, 2)
    gates = {k: sigmoid(U[f"g{k}"] @ h) for k in range(2)}
    h = concatenate([second, first]) * gates[0]
    h += gates[1]
    return h


def test_unpacking_dictionaries_and_letters_by_computed_names_are_read():
    assert text(read(unpacked)) == (
        "(first, second) = split(W_h x, 2)",
        "           h⁽¹⁾ = [second; first] ⊙ σ(U_g0 h₋₁)",
        "              h = h⁽¹⁾ + σ(U_g1 h₋₁)",
    )


def other_norm(x: Vector, h: Vector, *, W: Matrices):
    return tanh(W.h @ x + h / jnp.linalg.norm(h))


def looping(x: Vector, h: Vector, *, W: Matrices, U: Matrices):
    count = 0
    while count < 2:
        h = tanh(W.h @ x + U.h @ h)
        count += 1
    return h


def test_a_function_that_only_shares_a_name_with_ours_is_not_explained_as_ours():
    found = read(other_norm)
    assert "linalg.norm(h₋₁)" in text(found)[0]
    assert not any("layer normalisation" in line for line in legend(found))


def test_text_that_cannot_be_read_gives_the_data_flow_with_its_names_and_says_why():
    found = read(looping)
    assert "`while count < 2:`" in found.note
    assert text(found)[1:] == ("h⁽¹⁾ = tanh(v + U_h h₋₁)", "   h = tanh(v + U_h h⁽¹⁾)")


def test_a_function_without_source_shows_its_states_and_says_so():
    typed = {}
    exec(
        "from carrousel.engine import *\n"
        "def typed(x: Vector, h: Vector, *, W: Matrices, U: Matrices):\n"
        "    z = sigmoid(W.z @ x + U.z @ h)\n"
        "    return z * h + (1 - z) * tanh(W.h @ x)",
        typed,
    )
    found = read(typed["typed"])
    assert "no source" in found.note
    assert text(found) == ("v = σ(W_z x + U_z h₋₁)", "h = v ⊙ h₋₁ + (1 − v) ⊙ tanh(W_h x)")


def test_a_wrapped_function_is_shown_by_its_data_flow():
    def halved(function):
        @functools.wraps(function)
        def inner(*values, **letters):
            return 0.5 * function(*values, **letters)

        return inner

    def plain(x: Vector, h: Vector, *, W: Matrices):
        return tanh(W.h @ x) + h

    found = read(halved(plain))
    assert "wraps another" in found.note
    assert text(found) == ("h = 0.5 · (tanh(W_h x) + h₋₁)",)


def test_a_reading_that_computes_something_else_is_never_shown(monkeypatch):
    def almost(x: Vector, h: Vector, *, W: Matrices):
        return tanh(W.h @ x) - h

    def true(x: Vector, h: Vector, *, W: Matrices):
        return tanh(W.h @ x) + h

    wrong = reader.read_source(Cell(almost))
    monkeypatch.setattr(reader, "read_source", lambda _: wrong)
    found = read(true)
    assert "something else" in found.note
    assert text(found) == ("h = tanh(W_h x) + h₋₁",)


@pytest.mark.parametrize("cell", [c for c in EVERY if c.name in {"mogrifier-lstm", "rhn", "ltc"}], ids=str)
def test_loops_are_unrolled_with_a_letter_of_each_round(cell):
    counts = {"mogrifier-lstm": 11, "rhn": 12, "ltc": 13}
    assert len(reading(cell).equations) == counts[cell.name]

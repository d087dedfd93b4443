"""A cell that is wrong says so by name before anything is compiled."""

import jax
import jax.numpy as jnp
import pytest

from carrousel.engine import Blocks, Cell, Input, Matrices, Vector, Vectors, plan_cell, recur, sigmoid, tanh
from carrousel.errors import CellError, ShapeError
from carrousel.layers import Recurrent


def planned(function, **row):
    return plan_cell(Cell(function, **row), inputs=5, hidden=8)


def missing(x: Vector, h: Vector, c: Vector, *, W: Matrices):
    return (tanh(W.h @ x + h) * c,)


def many(x: Vector, h: Vector, *, W: Matrices):
    return h, h + W.a @ x, h


def wide(x: Vector, h: Vector, *, W: Matrices):
    return jnp.outer(W.a @ x, h)


def twice(x: Vector, h: Vector, *, W: Matrices):
    return W.a @ x + W.a @ h


def kinds(x: Vector, h: Vector, *, W: Matrices):
    return W.a @ x + W.a.T @ h


def unused(x: Vector, h: Vector, *, U: Matrices):
    return tanh(U.h @ h)


def typo(x: Vector, h: Vector, *, W: Matrices):
    return tanh(W.h @ x + hh)


def inside(x: Vector, h: Vector, *, W: Matrices, U: Matrices):
    return W.h @ x + jax.lax.fori_loop(0, 3, lambda _, h: U.h @ h, h)


def no_heads(x: Vector, h: Vector, *, W: Matrices, R: Blocks):
    return tanh(W.h @ x + R.h @ h)


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (missing, r"missing has 2 states \(h, c\) and returned 1 values; it returns 2 .* or 3"),
        (many, r"many has 1 states \(h\) and returned 3 values"),
        (wide, r"state h has shape \(8,\), its new value \(8, 8\)"),
        (twice, r"W.a is used with the shape \(8, 5\) and with \(8, 8\); a letter has one size"),
        (kinds, r"W.a is used with the shape \(8, 5\) and with \(8, 8\)"),
        (unused, "unused: no result depends on x"),
        (typo, r"typo, line \d+ `return tanh\(W.h @ x \+ hh\)"),
        (inside, "a letter stands inside"),
        (no_heads, "needs an option `heads: int`"),
    ],
    ids=lambda case: getattr(case, "__name__", ""),
)
def test_equations_that_are_wrong_are_named(function, words):
    with pytest.raises(CellError, match=words):
        planned(function)


def test_an_input_after_a_state_is_refused():
    def late(x: Vector, h: Vector, t: Input, *, W: Matrices):
        return tanh(W.h @ x + h) * t

    with pytest.raises(CellError, match="input t stands after state h; inputs come before states"):
        Cell(late)


def test_a_state_without_annotation_is_refused():
    def bare(x: Vector, h, *, W: Matrices):
        return tanh(W.h @ x + h)

    with pytest.raises(CellError, match="h has no annotation that says what it is"):
        Cell(bare)


def test_a_cell_without_state_is_refused():
    def stateless(x: Vector, *, W: Matrices):
        return W.h @ x

    with pytest.raises(CellError, match="at least one state"):
        Cell(stateless)


def counted(x: Vector, h: Vector, *, W: Matrices, b: Vectors, rounds: int = 2, rate: float = 0.5):
    for k in range(rounds):
        h = rate * h + sigmoid(W[k] @ x + b.h)
    return h


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"rounds": "5"}, "option rounds is a int, not '5'"),
        ({"rounds": 2.0}, "option rounds is a int, not 2.0"),
        ({"round": 5}, "counted has no option 'round'; it has rounds, rate"),
    ],
)
def test_an_option_of_the_wrong_type_or_name_is_refused(options, words):
    with pytest.raises(CellError, match=words):
        Cell(counted, **options)


def test_a_whole_number_serves_as_a_float_option():
    assert Cell(counted, rate=1).options["rate"] == 1.0


def test_an_option_changes_the_step():
    assert len(planned(counted).letters) < len(planned(counted, rounds=4).letters)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"sizes": {"V": "hidden"}}, "speaks of 'V'"),
        ({"sizes": {"W": "hiden"}}, "names 'hiden'; known here are hidden"),
        ({"sizes": {"W": "hidden / 3"}}, "no whole number"),
        ({"sizes": {"W": "hidden - 1"}}, "no product or quotient"),
        ({"fixed": "U"}, "fixed names 'U'"),
        ({"start": {"q": 1.0}}, "speaks of 'q'"),
    ],
)
def test_a_row_that_does_not_fit_is_refused(row, words):
    with pytest.raises(CellError, match=words):
        planned(counted, **row)


def test_an_input_size_that_the_cell_demands_is_checked():
    with pytest.raises(CellError, match="wants inputs of size 8, got 5"):
        planned(counted, sizes={"x": "hidden"})


def test_arrays_of_the_wrong_shape_are_named():
    layer = Recurrent("lstm", inputs=5, hidden=8, key=jax.random.key(0))
    xs = jnp.zeros((3, 2, 5))
    with pytest.raises(ShapeError, match=r"state h of lstm must be \(2, 8\), got \(8,\); for one sequence"):
        layer(xs, (jnp.zeros(8), jnp.zeros((2, 8))))
    with pytest.raises(ShapeError, match=r"lstm has the states h, c, got 1 arrays"):
        layer(xs, (jnp.zeros((2, 8)),))
    with pytest.raises(ShapeError, match=r"beside xs lstm takes no inputs, got t"):
        layer(xs, inputs={"t": jnp.zeros((3, 2))})
    with pytest.raises(ShapeError, match=r"lengths must be \(2,\), got \(3,\)"):
        recur(layer.cell, layer.arrays, xs, layer.start_state(2), hidden=8, lengths=jnp.zeros(3, int))


def test_an_unknown_name_names_the_near_ones():
    with pytest.raises(CellError, match=r"no cell 'lsmt'; near it are .*lstm"):
        Recurrent("lsmt", inputs=5, hidden=8, key=jax.random.key(0))

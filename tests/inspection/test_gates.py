import jax
import jax.numpy as jnp
import numpy as np
import pytest

from carrousel.cells import CELLS
from carrousel.engine import plan_cell
from carrousel.inspection import gate_statistics, time_scales, trace_layer
from carrousel.inspection.keeping import kept_state
from carrousel.inspection.ranges import gate_names
from carrousel.layers import Recurrent

TIME, HIDDEN = 20, 4


def plan_of(name):
    cell = CELLS[name]
    size = cell.shape("x", (4,), inputs=4, hidden=6)[0]
    return plan_cell(cell, inputs=size, hidden=6, named=True)


@pytest.mark.parametrize(
    ("name", "gates"),
    [
        ("lstm", ("i", "f", "o")),
        ("gru", ("r", "z")),
        ("lstm-cifg", ("i", "f", "o")),
        ("phased-lstm", ("k", "i", "f", "o")),
        ("lstm-fgr", ("i", "f", "o")),
        ("slstm", ("o", "f")),
        ("rhn", ("t.1", "t.2", "t.3", "t")),
        ("elman-logistic", ()),
    ],
)
def test_gates_are_told_by_their_equations(name, gates):
    assert gate_names(plan_of(name)) == gates


@pytest.mark.parametrize(("name", "state"), [("lstm", "c"), ("gru", "h"), ("phased-lstm", "c"), ("nested-lstm", "n")])
def test_the_state_that_is_kept_is_told_by_the_equations(name, state):
    assert kept_state(plan_of(name)) == state


@pytest.fixture(scope="module")
def planted():
    """An LSTM whose unit 1 always forgets nothing, unit 2 everything, and unit 3 keeps exactly one half."""
    layer = Recurrent("lstm", inputs=4, hidden=HIDDEN, key=jax.random.key(0))
    letters = {s: {k: jnp.zeros_like(a) for k, a in of.items()} for s, of in layer.letters.items()}
    letters["W"]["f"] = letters["W"]["f"].at[0].set(3.0)
    letters["b"]["f"] = jnp.array([0.0, 30.0, -30.0, 0.0])
    object.__setattr__(layer, "letters", letters)
    return trace_layer(layer, np.random.default_rng(0).normal(size=(TIME, 4)).astype(np.float32))


def test_a_unit_that_is_always_open_is_named_so(planted):
    gates = gate_statistics(planted)
    assert list(gates) == ["i", "f", "o"]
    assert gates["f"].always_open == (1,)
    assert gates["f"].always_shut == (2,)
    assert gates["f"].as_json()["always open"] == [1]
    assert not gates["i"].always_open


def test_shares_count_the_steps_below_and_above(planted):
    values = planted.values["f"][:, 0]
    gate = gate_statistics(planted)["f"]
    assert gate.shut[0] == (values < 0.1).sum() / TIME
    assert gate.open[0] == (values > 0.9).sum() / TIME
    assert gate.mean[0] == pytest.approx(values.mean(), rel=1e-6)


def test_time_scales_are_those_of_the_geometric_mean(planted):
    scales = time_scales(planted)
    assert (scales.state, scales.keeps) == ("c", "f")
    assert scales.tau[0] == pytest.approx(-1 / np.log(planted.values["f"][:, 0]).mean(), rel=1e-5)
    assert scales.tau[1] == np.inf
    assert scales.half_life[3] == pytest.approx(1)
    assert scales.horizon == np.inf
    assert scales.as_json()["tau"][1] is None


@pytest.mark.parametrize(("name", "tau"), [("lstm-nfg", np.inf), ("fastrnn", None), ("elman", None)])
def test_rows_that_keep_all_a_scalar_or_say_nothing(name, tau):
    layer = Recurrent(name, inputs=4, hidden=HIDDEN, key=jax.random.key(0))
    trace = trace_layer(layer, np.ones((2, 4), np.float32))
    scales = time_scales(trace)
    if name == "elman":
        assert scales is None
    elif tau is None:
        beta = trace.constants["beta"]
        assert scales.tau == pytest.approx(np.full(HIDDEN, -1 / np.log(beta)))
    else:
        assert (scales.tau == tau).all()

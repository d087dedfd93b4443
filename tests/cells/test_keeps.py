"""What a row says of the fraction of the old state that survives is the state's direct derivative."""

import re

import numpy as np
import pytest
from jax import lax

from carrousel.cells import CELLS
from carrousel.engine import plan_cell
from carrousel.engine.letters import given, letter_p
from carrousel.engine.names import noting
from carrousel.engine.start import recurrent_letters
from carrousel.inspection.keeping import kept_state
from tests.oracles.registry import begin, draw, play

UNITS = [0, 4]
KEEPING = [cell for cell in CELLS.values() if cell.keeps is not None]


def heard(plan):
    """The letters that act on a state, as matrices or as factors unit by unit."""
    trace = plan.trace
    hot = set(trace.states)
    made = {out: op for op in trace.ops for out in op.outs}
    found = {f"{space}.{letter}" for space, letter in recurrent_letters(plan)}
    for op in trace.ops:
        if hot & set(op.values):
            hot |= set(op.outs)
            if op.primitive is lax.mul_p:
                letters = [made[i] for i in op.values if i in made and made[i].primitive is letter_p]
                found |= {".".join(letter.params["name"]) for letter in letters}
    return found


@pytest.mark.parametrize("cell", KEEPING, ids=lambda cell: cell.name)
def test_keeps_is_the_direct_derivative_of_a_state_by_its_old_value(cell):
    size = cell.shape("x", (4,), inputs=4, hidden=6)[0]
    plan = plan_cell(cell, inputs=size, hidden=6, dtype="float64")
    letters = draw(cell.name, size)
    letters |= {name: np.zeros_like(letters[name]) for name in heard(plan)}
    random = np.random.default_rng(2)
    x = random.normal(size=(1, size))
    inputs = {k: random.random((1, *s)) for k, s in cell.input_shapes(inputs=size, hidden=6).items()}
    state = [s + random.random(s.shape) for s in begin(cell, size, 6)]
    kept = survivors(cell, letters, x[0], {k: v[0] for k, v in inputs.items()}, state)

    slopes = {}
    for number, old in enumerate(state):
        if old.shape != kept.shape:
            continue
        columns = []
        for unit in UNITS:
            ends = []
            for move in (1e-6, -1e-6):
                moved = [s.copy() for s in state]
                moved[number][unit] += move
                ends.append(play(cell.name, letters, x, tuple(moved), inputs)[1][number])
            columns.append((ends[0] - ends[1]) / 2e-6)
        slopes[list(cell.signature.states)[number]] = np.stack(columns, axis=1)
    assert np.abs(slopes[kept_state(plan)] - np.diag(kept)[:, UNITS]).max() < 1e-8


def survivors(cell, letters, x, inputs, state):
    """The row's expression, of the names that the function gave in its last step."""
    named = {}
    spaces = {
        space: given({k.split(".")[1]: v for k, v in letters.items() if k.split(".")[0] == space}, kind, space)
        for space, kind in cell.signature.spaces.items()
    }
    noting(cell.function, named.__setitem__)(x, *inputs.values(), *state, **spaces, **cell.options)
    names = re.findall(r"[^\W\d]\w*", cell.keeps)
    return eval(cell.keeps, {}, {name: named[name] for name in names}) * np.ones(6)

"""Every cell, the odd ones included, with its reading and one small problem in numpy."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from carrousel.cells import CELLS
from carrousel.engine.equations import read_equations
from carrousel.engine.equations.flow import read_flow
from carrousel.engine.letters import given
from carrousel.engine.planning import plan_cell
from tests.engine.odd_cells import ODD

INPUTS, HIDDEN = 4, 8
EVERY = [*CELLS.values(), *ODD]

every_cell = pytest.mark.parametrize("cell", EVERY, ids=lambda cell: cell.name)


def size_of_x(cell):
    return cell.shape("x", (INPUTS,), inputs=INPUTS, hidden=HIDDEN)[0]


@functools.cache
def planned(cell):
    return plan_cell(cell, inputs=size_of_x(cell), hidden=HIDDEN)


@functools.cache
def reading(cell):
    return read_equations(cell, inputs=size_of_x(cell), hidden=HIDDEN)


@functools.cache
def flow(cell):
    """The reading of the data flow, in float64 as its constants are."""
    with jax.enable_x64():
        return read_flow(cell, plan_cell(cell, inputs=size_of_x(cell), hidden=HIDDEN, dtype=jnp.float64).trace)


def drawn(cell, seed=0):
    """Letters, and what comes in at one step of one sequence."""
    random, trace = np.random.default_rng(seed), planned(cell).trace
    incoming = [random.normal(size=trace.avals[i].shape) for i in (trace.x, *trace.inputs, *trace.states)]
    letters = {space: {} for space in cell.signature.spaces}
    for (space, letter), shape in planned(cell).letters.items():
        fixed = not cell.signature.spaces[space].learned
        letters[space][letter] = (
            1.0 + np.arange(np.prod(shape)).reshape(shape) % 3 if fixed else random.normal(size=shape)
        )
    return incoming, letters


def namespaces(cell, letters):
    return {space: given(letters[space], kind, space) for space, kind in cell.signature.spaces.items()}

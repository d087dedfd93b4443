"""The equations of a cell: from its function's text where that computes the same, else from the flow of data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import jax.numpy as jnp
import numpy as np

from carrousel.engine.cell import Cell
from carrousel.engine.equations.evaluate import Values, evaluate
from carrousel.engine.equations.expressions import Symbol
from carrousel.engine.equations.flow import read_flow
from carrousel.engine.equations.frames import UnreadableError
from carrousel.engine.equations.reading import Reading
from carrousel.engine.equations.source import read_source
from carrousel.engine.kinds import Namespace
from carrousel.engine.letters import given
from carrousel.engine.names import syntax_tree
from carrousel.engine.plan import Plan
from carrousel.engine.planning import plan_cell

NO_SOURCE: Final = (
    "this function has no source (typed at a prompt), so only its states have names; "
    "the equations are those of its flow of data"
)
WRAPPED: Final = (
    "this function wraps another, so only its states have names; the equations are those of its flow of data"
)
EXACT: Final = 1e-9
"""How far a reading may be from the function, both in float64, where sums stand in another order."""


def read_equations(cell: Cell, *, inputs: int, hidden: int) -> Reading:
    """One reading of a cell's equations, that LaTeX, text and drawing share.

    A reading of the function's text is run once on numpy arrays beside the function itself; one that gives something
    else is not used. The flow of data takes its place, with the reason in the reading's note.

    Args:
        cell: the cell.
        inputs: the size of x.
        hidden: the hidden size.

    Raises:
        CellError: the equations are wrong.
    """
    plan = plan_cell(cell, inputs=inputs, hidden=hidden, dtype=jnp.float32)
    if syntax_tree(cell.function) is None:
        wrapped = hasattr(cell.function, "__wrapped__")
        return read_flow(cell, plan.trace, WRAPPED if wrapped else NO_SOURCE)
    try:
        reading = read_source(cell)
        _check(reading, plan)
    except UnreadableError as error:
        return read_flow(
            cell, plan.trace, f"the equations are those of the flow of data, for the text was not read: {error}"
        )
    return reading


def run_reading(reading: Reading, incoming: Sequence[Any], spaces: Mapping[str, Namespace]) -> tuple[Any, ...]:
    """One step by the equations as they were read.

    Args:
        reading: the equations.
        incoming: x, the further inputs and the states, of one sequence.
        spaces: the letters.

    Returns:
        The output and the new states.
    """
    values = Values(symbol_values(reading, incoming, spaces), spaces)
    return tuple(evaluate(result, values) for result in reading.results)


def symbol_values(reading: Reading, incoming: Sequence[Any], spaces: Mapping[str, Namespace]) -> dict[Symbol, Any]:
    """What every named value of the equations is in one step, from the same arguments."""
    signature = reading.cell.signature
    names = ("x", *signature.inputs, *signature.states)
    known: dict[Symbol, Any] = {Symbol(name, 0): value for name, value in zip(names, incoming, strict=True)}
    for targets, expression in reading.equations:
        value = evaluate(expression, Values(known, spaces))
        known.update(zip(targets, (value,) if len(targets) == 1 else value, strict=True))
    return known


def _check(reading: Reading, plan: Plan) -> None:
    cell, random = plan.cell, np.random.default_rng(0)
    shapes = [plan.trace.avals[i].shape for i in (plan.trace.x, *plan.trace.inputs, *plan.trace.states)]
    incoming = [random.uniform(0.1, 1.0, shape) for shape in shapes]
    arrays: dict[str, dict[str, Any]] = {space: {} for space in cell.signature.spaces}
    for (space, letter), shape in plan.letters.items():
        arrays[space][letter] = random.uniform(0.1, 1.0, shape) / (shape[-1] if shape else 1)
    spaces = {space: given(arrays[space], kind, space) for space, kind in cell.signature.spaces.items()}
    try:
        out = cell.function(*incoming, **spaces, **cell.options)
        wanted = list(out) if isinstance(out, (tuple, list)) else [out]
        got = run_reading(reading, incoming, spaces)
        same = all(
            np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=EXACT, atol=EXACT, equal_nan=True)
            for a, b in zip(got[-len(wanted) :], wanted, strict=True)
        )
    except Exception as error:  # whatever a cell's own function raises on numpy arrays
        raise UnreadableError(f"it could not be compared with the function on numpy arrays ({error})") from error
    if not same or (len(wanted) == len(got) - 1 and got[0] is not got[1]):
        raise UnreadableError("it computed something else than the function")

"""The reference: the cell's own function on numpy arrays, one sequence after the other, without XLA."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from carrousel.engine.cell import Cell
from carrousel.engine.letters import given
from carrousel.errors import CellError

Arrays = Mapping[str, Mapping[str, Any]]


def reference(
    cell: Cell, letters: Arrays, xs: Any, state: tuple[Any, ...], inputs: Mapping[str, Any] | None = None
) -> tuple[Any, tuple[Any, ...]]:
    """Run a cell over time in plain numpy, in the precision of what it is given.

    Args:
        cell: the cell.
        letters: namespace -> letter -> array.
        xs: (time, batch, inputs).
        state: one array (batch, …) a state.
        inputs: the further inputs of the cell by name, (time, batch, …) each.

    Returns:
        The outputs (time, batch, outputs) and the last states.

    Raises:
        CellError: the cell is wrapped.
    """
    if cell.wrappers:
        raise CellError(f"{cell.name} is wrapped, and a wrapper changes the planned step, not the function")
    further = [np.asarray((inputs or {})[name]) for name in cell.signature.inputs]
    spaces = {
        space: given({k: np.asarray(a) for k, a in letters[space].items()}, kind, space)
        for space, kind in cell.signature.spaces.items()
    }
    count = len(cell.signature.states)
    outputs, lasts = [], []
    for b in range(np.shape(xs)[1]):
        one = [np.asarray(s)[b] for s in state]
        ys = []
        for t in range(np.shape(xs)[0]):
            out = cell.function(np.asarray(xs)[t, b], *(a[t, b] for a in further), *one, **spaces, **cell.options)
            results = list(out) if isinstance(out, (tuple, list)) else [out]
            ys.append(results[0])
            one = results[-count:]
        outputs.append(ys)
        lasts.append(one)
    last = tuple(np.stack([one[k] for one in lasts]) for k in range(count))
    return np.swapaxes(np.asarray(outputs), 0, 1), last

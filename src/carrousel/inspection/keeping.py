"""What a cell's row says it `keeps`: the fraction of an old state that survives a step, and of which state."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
from jax import lax

from carrousel.engine import Cell, Plan
from carrousel.inspection.trace import LayerTrace

_SIGNS: Final[Mapping[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
}


def kept_names(cell: Cell) -> tuple[str, ...]:
    """The names in the fraction that the cell's row says it keeps; none where it says nothing."""
    if cell.keeps is None:
        return ()
    return tuple(node.id for node in ast.walk(ast.parse(cell.keeps, mode="eval")) if isinstance(node, ast.Name))


def kept_fraction(layer: LayerTrace) -> np.ndarray | None:
    """The fraction of the old state that survived each step, (time, units).

    Returns:
        None where the row says nothing, or where the trace did not keep the gates that it names.
    """
    known = {**layer.constants, **layer.values}
    state = kept_state(layer.plan)
    if layer.cell.keeps is None or state is None or not set(kept_names(layer.cell)) <= set(known):
        return None
    shape = layer.cell.state_shapes(inputs=layer.inputs, hidden=layer.hidden)[state]
    value = np.asarray(_worked_out(ast.parse(layer.cell.keeps, mode="eval").body, known))
    if value.ndim == 1 and value.shape != shape:
        value = value[:, None]
    return np.broadcast_to(value, (len(layer.xs), *shape)).reshape(len(layer.xs), -1)


def kept_state(plan: Plan) -> str | None:
    """The state of which the row's fraction is kept: its new value is a sum with a term of its own old value.

    Returns:
        None where the row says nothing.
    """
    cell, trace = plan.cell, plan.trace
    if cell.keeps is None:
        return None
    made = {o: op for op in trace.ops for o in op.outs}
    states = dict(zip(cell.signature.states, zip(trace.states, trace.results[1:], strict=True), strict=True))
    named = dict(trace.names)
    fractions = {named[n] for n in kept_names(cell) if n in named}
    size = max((trace.avals[i].shape for i in fractions), key=len, default=())
    fitting = [s for s, (old, _) in states.items() if trace.avals[old].shape == size or not size]
    terms = {s: _terms(states[s][1], made) for s in fitting}
    own = [s for s in fitting if states[s][0] in terms[s]]
    return next(iter(sorted(own or fitting, key=lambda s: -len(fractions & terms[s]))), None)


def _terms(value: int, made: dict[int, Any]) -> set[int]:
    """The terms of a sum and the factors of their products, through whatever leaves a value's units where they are."""
    todo, seen = [value], {value}
    while todo:
        op = made.get(todo.pop())
        if op is None or op.primitive not in (lax.add_p, lax.sub_p, lax.mul_p, lax.select_n_p):
            continue
        todo += [i for i in op.values if i not in seen]
        seen.update(op.values)
    return seen


def _worked_out(node: ast.expr, values: Mapping[str, Any]) -> Any:
    """A sum of products of names and numbers; rows hold nothing else."""
    match node:
        case ast.Constant(value):
            return value
        case ast.Name(name):
            return values[name]
        case ast.BinOp(left, sign, right):
            a, b = _aligned(_worked_out(left, values), _worked_out(right, values))
            return _SIGNS[type(sign)](a, b)
        case _:
            raise NotImplementedError(f"a row keeps a sum of products of names and numbers, not {ast.unparse(node)}")


def _aligned(a: Any, b: Any) -> tuple[Any, Any]:
    """A scalar at every step beside a vector at every step is the same for all units."""
    if np.ndim(a) == 1 and np.ndim(b) == 2:
        return a[:, None], b
    if np.ndim(a) == 2 and np.ndim(b) == 1:
        return a, b[:, None]
    return a, b

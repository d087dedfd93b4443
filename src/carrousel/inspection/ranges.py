"""Which named values are gates: those that lie between 0 and 1 by their equations."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import jax.numpy as jnp
import numpy as np

from carrousel.engine import Plan
from carrousel.inspection.keeping import kept_names

Range = tuple[float, float]
ANY: Final[Range] = (-math.inf, math.inf)
TRUTH: Final[Range] = (0.0, 1.0)


def gate_names(plan: Plan) -> tuple[str, ...]:
    """The named values that lie between 0 and 1 by their equations, in order, and what the cell's row says it keeps.

    The output and what came in are none.

    A range is followed through logistic functions, hyperbolic tangents, sums, products, limits and the like; of what
    a range says nothing, such as a cumulated softmax, only the names in `keeps` count as gates.
    """
    ranges = value_ranges(plan)
    trace, fractions = plan.trace, kept_names(plan.cell)
    others = {*trace.states, trace.results[0]}
    return tuple(
        name
        for name, i in plan.named.items()
        if i not in others
        and jnp.issubdtype(trace.avals[i].dtype, jnp.floating)
        and (name in fractions or (ranges[i][0] >= 0 and ranges[i][1] <= 1))
    )


def value_ranges(plan: Plan) -> dict[int, Range]:
    """The range of every value of the step, as far as its operations tell."""
    trace = plan.trace
    ranges: dict[int, Range] = dict.fromkeys(trace.avals, ANY)
    for i, constant in trace.constants.items():
        ranges[i] = _of_array(np.asarray(constant))
    for op in trace.ops:
        rule = _RULES.get(op.primitive.name)
        read = [ranges[i] if isinstance(i, int) else _of_array(np.asarray(i.val)) for i in op.ins]
        for out in op.outs:
            if rule is not None:
                ranges[out] = rule(*read, **({"power": op.params["y"]} if "y" in op.params else {}))
            elif trace.avals[out].dtype == bool:
                ranges[out] = TRUTH
    return ranges


def _of_array(array: np.ndarray) -> Range:
    if array.dtype.kind not in "fiub" or not array.size:
        return ANY
    return float(array.min()), float(array.max())


def _product(a: Range, b: Range) -> Range:
    ends = [0.0 if 0.0 in (u, v) else u * v for u in a for v in b]
    return min(ends), max(ends)


def _power(a: Range, power: int) -> Range:
    ends = [a[0] ** power, a[1] ** power]
    return (0.0 if power % 2 == 0 and a[0] < 0 < a[1] else min(ends)), max(ends)


def _same(a: Range, *_: Range, **__: Any) -> Range:
    return a


def _joined(_: Range, *cases: Range) -> Range:
    return min(a for a, _ in cases), max(b for _, b in cases)


def _exp(a: Range) -> Range:
    return tuple(math.exp(v) if v < 700 else math.inf for v in a)  # type: ignore[return-value]


_RULES: Final[dict[str, Callable[..., Range]]] = {
    "logistic": lambda _: (0.0, 1.0),
    "tanh": lambda a: (math.tanh(a[0]), math.tanh(a[1])),
    "exp": _exp,
    "neg": lambda a: (-a[1], -a[0]),
    "add": lambda a, b: (a[0] + b[0], a[1] + b[1]),
    "add_any": lambda a, b: (a[0] + b[0], a[1] + b[1]),
    "sub": lambda a, b: (a[0] - b[1], a[1] - b[0]),
    "mul": _product,
    "max": lambda a, b: (max(a[0], b[0]), max(a[1], b[1])),
    "min": lambda a, b: (min(a[0], b[0]), min(a[1], b[1])),
    "clamp": lambda low, a, high: (min(max(low[0], a[0]), high[1]), max(min(high[1], a[1]), low[0])),
    "integer_pow": _power,
    "square": lambda a: _power(a, 2),
    "select_n": _joined,
    "concatenate": lambda *parts: _joined(ANY, *parts),
    **dict.fromkeys(
        (
            "copy", "copy_p", "convert_element_type", "reshape", "broadcast_in_dim", "squeeze", "slice", "transpose",
            "rev", "stop_gradient", "reduce_max", "reduce_min",
        ),
        _same,
    ),
}  # fmt: skip
"""What is known of a result from what is known of the operands."""

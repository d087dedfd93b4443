"""The equations as the traced step has them: for a function without source, or whose text holds what is not read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import jax.numpy as jnp
import numpy as np
from jax.extend.core import Literal

from carrousel.engine.cell import Cell
from carrousel.engine.equations.expressions import (
    Applied,
    Expression,
    Group,
    Indexed,
    Letter,
    Number,
    Plain,
    Slice,
    Symbol,
)
from carrousel.engine.equations.primitives import FORMS, UNIT_BY_UNIT, Shape, apply
from carrousel.engine.equations.reading import Equation, Reading, finished
from carrousel.engine.letters import letter_p
from carrousel.engine.rewrite import count_uses
from carrousel.engine.trace import Op, Trace, needed

UNNAMED: Final = "v"
"""What a value is called that the function gives no name and that stands in several places."""


def read_flow(cell: Cell, trace: Trace, note: str = "") -> Reading:
    """The cell's equations, made from the operations of its traced step.

    Args:
        cell: the cell.
        trace: its traced step.
        note: why the function's text is not read.
    """
    flow = _Flow(cell, trace)
    for op in flow.ops:
        flow.add(op)
    return finished(cell, flow.equations, [flow.values[i] for i in trace.results], note)


def flow_values(cell: Cell, trace: Trace) -> tuple[Reading, Mapping[int, Expression]]:
    """The form of each value of a traced step, and the equations of the names that stand in them."""
    flow = _Flow(cell, trace)
    for op in flow.ops:
        flow.add(op)
    results = tuple(flow.values[i] for i in trace.results)
    return Reading(cell, tuple(flow.equations), results), flow.values


class _Flow:
    def __init__(self, cell: Cell, trace: Trace) -> None:
        self.cell, self.trace = cell, trace
        self.ops = needed(trace.ops, trace.results)
        self.uses = count_uses(self.ops, trace.results)
        self.readers: dict[int, list[Op]] = {}
        for op in self.ops:
            for i in op.values:
                self.readers.setdefault(i, []).append(op)
        self.names: dict[int, str] = {}
        for name, value in trace.names:
            self.names.setdefault(value, name)
        taken = {*cell.signature.states, *cell.signature.spaces, *self.names.values(), "x"}
        self.unnamed = next(n for n in (UNNAMED, "a", "q", "value") if n not in taken)
        self.versions: Counter[str] = Counter()
        self.equations: list[Equation] = []
        self.values: dict[int, Expression] = {
            i: Symbol(label, 0, rank=len(self.shape(i))) for i, label in trace.labels.items()
        }
        for i, constant in trace.constants.items():
            self.values[i] = Number(constant.item()) if self.shape(i) == () else Plain(constant)

    def shape(self, i: Any) -> Shape:
        aval: Any = i.aval if isinstance(i, Literal) else self.trace.avals[i]
        return tuple(aval.shape)

    def add(self, op: Op) -> None:
        """Give each result of an operation its form, and a name where it has one or is read more than once."""
        if op.primitive is letter_p:
            space, letter = op.params["name"]
            self.values[op.outs[0]] = Letter(space, letter, rank=len(op.params["shape"]))
            return
        arguments = [Number(np.asarray(i.val).item()) if isinstance(i, Literal) else self.values[i] for i in op.ins]
        if len(op.outs) > 1:
            symbols = tuple(self.symbol(i) for i in op.outs)
            self.values |= dict(zip(op.outs, symbols, strict=True))
            self.equations.append(Equation(symbols, self.by_name(op, arguments)))
            return
        (out,) = op.outs
        value = self.form(op, arguments)
        if out in self.names or (self.uses[out] > 1 and value.parts):
            symbol = self.symbol(out)
            self.values[out] = symbol
            self.equations.append(Equation((symbol,), value))
        else:
            self.values[out] = value

    def symbol(self, i: int) -> Symbol:
        name = self.names.get(i, self.unnamed)
        self.versions[name] += 1
        return Symbol(name, self.versions[name], "" if i in self.names else "flow", len(self.shape(i)))

    def form(self, op: Op, arguments: Sequence[Expression]) -> Expression:
        name, shapes = op.primitive.name, [self.shape(i) for i in op.ins]
        if name in {"reshape", "broadcast_in_dim", "squeeze", "expand_dims"}:
            return self.shaped(op, arguments[0], shapes[0]) or self.by_name(op, arguments)
        if name in {"convert_element_type", "copy", "copy_p"}:
            return self.converted(op, arguments[0]) or self.by_name(op, arguments)
        form = FORMS.get(name)
        if form is None or (name == "div" and not self.is_real(op.outs[0])):
            return self.by_name(op, arguments)
        return form(op, arguments, shapes) or self.by_name(op, arguments)

    def dtype(self, i: Any) -> Any:
        aval: Any = i.aval if isinstance(i, Literal) else self.trace.avals[i]
        return aval.dtype

    def is_real(self, i: Any) -> bool:
        return bool(jnp.issubdtype(self.dtype(i), jnp.inexact))

    def converted(self, op: Op, value: Expression) -> Expression | None:
        """The same number in another format, where nothing is lost; a truth value as 1 or 0."""
        old, new = self.dtype(op.ins[0]), self.dtype(op.outs[0])
        if jnp.issubdtype(old, jnp.bool_) and op.run is not None:
            return Applied("where", (value, Number(1), Number(0)), call=_as_number(op.run))
        return value if jnp.promote_types(old, new) == new else None

    def shaped(self, op: Op, value: Expression, old: Shape) -> Expression | None:
        """The same numbers on other axes; a number that meets an array of that shape stays one."""
        out, new = op.outs[0], self.shape(op.outs[0])
        if op.primitive.name == "broadcast_in_dim":
            if old == () and self.meets_whole_arrays(out, new):
                return value
            kept = op.params["broadcast_dimensions"]
            if any(new[k] != 1 for k in range(len(new)) if k not in kept) or any(
                new[k] != n for k, n in zip(kept, old, strict=True)
            ):
                return None
        if tuple(n for n in new if n != 1) == old:
            return (
                Indexed(value, tuple(None if n == 1 else Slice(None, None, None) for n in new))
                if len(new) > len(old)
                else value
            )
        return Applied("reshape", (value, Group(tuple(map(Number, new)))), call=apply("reshape", value).call)

    def by_name(self, op: Op, arguments: Sequence[Expression]) -> Expression:
        """An operation without a form: its name, with the parameters that can be shown."""
        shown = [f"{k}={v}" for k, v in sorted(op.params.items()) if _is_plain(v)]
        name = str(op.params.get("name") or op.primitive.name)
        dtypes = [self.dtype(i) for i in op.ins]
        run = op.run
        assert run is not None

        def call(*values: Any) -> Any:
            out = run(*(jnp.asarray(v, dtype) for v, dtype in zip(values, dtypes, strict=True)))
            return out[0] if op.primitive.multiple_results and len(op.outs) == 1 else out

        return Applied(name + (f"[{', '.join(shown)}]" if shown else ""), tuple(arguments), call=call)

    def meets_whole_arrays(self, i: int, shape: Shape) -> bool:
        """Whether all that reads the value works unit by unit and reads another value of that whole shape."""
        broadcast = {op.outs[0] for op in self.ops if op.primitive.name == "broadcast_in_dim"}
        return (
            all(
                op.primitive.name in UNIT_BY_UNIT
                and any(j != i and j not in broadcast and self.shape(j) == shape for j in op.values)
                for op in self.readers.get(i, [None])
                if op is not None
            )
            and i in self.readers
        )


def _as_number(convert: Callable[[Any], Any]) -> Callable[..., Any]:
    return lambda truth, _one, _zero: convert(truth)


def _is_plain(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_plain, value))
    return type(value) in (int, float, bool) or (isinstance(value, str) and value.isidentifier())

"""How a cell's step is sorted into a plan.

Every value of the traced step has a level. 0: once, from letters and constants alone. 1: for all steps before any
loop, from the inputs. 2k: inside the k-th loop. 2k + 1: for all steps after it. The states fall into components by who
reads whom, each a loop of its own in order; a state whose new value reads no state is a shifted sequence, no loop.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import jax.numpy as jnp
from jax import lax

from carrousel.engine.cell import Cell
from carrousel.engine.kinds import Matrices
from carrousel.engine.letters import letter_p, product_p
from carrousel.engine.memories import Memory, find_memories
from carrousel.engine.plan import Block, Group, Loop, Plan, Shift, Slot
from carrousel.engine.rewrite import ONCE, Rewriter, count_uses, in_loop
from carrousel.engine.trace import Op, Trace, live_values, needed, trace_cell
from carrousel.engine.wrapping import wrap_trace


def plan_cell(cell: Cell, *, inputs: int, hidden: int, dtype: Any = jnp.float32, named: bool = False) -> Plan:
    """The plan of a cell at these sizes; made once and kept with the cell.

    Args:
        cell: the cell.
        inputs: the size of x.
        hidden: the hidden size.
        dtype: float32 or float64.
        named: whether every named value is given as a sequence too (for looking inside).

    Raises:
        CellError: the equations are wrong.
    """
    key = (inputs, hidden, jnp.dtype(dtype), named)
    if key not in cell._plans:  # noqa: SLF001 - the cell keeps its plans
        trace = wrap_trace(cell, trace_cell(cell.bare, inputs=inputs, hidden=hidden, dtype=dtype))
        cell._plans[key] = _Planner(cell, trace, named=named).plan(inputs, hidden)  # noqa: SLF001
    plan: Plan = cell._plans[key]  # noqa: SLF001
    return plan


def components(trace: Trace) -> list[tuple[int, ...]]:
    """The states in groups that read one another, each after those that it reads."""
    feeds = {s: live_values(trace.ops, [new]) & set(trace.states) for s, new in _news(trace).items()}
    reach = {s: set(r) for s, r in feeds.items()}
    for _ in trace.states:
        for s in trace.states:
            reach[s] |= {q for r in reach[s] for q in reach[r]}
    left, out = list(trace.states), []
    while left:
        ready = min(left, key=lambda s: len(reach[s] & set(left)))
        together = tuple(r for r in left if r == ready or (r in reach[ready] and ready in reach[r]))
        out.append(together)
        left = [r for r in left if r not in together]
    return out


def named_values(trace: Trace) -> dict[str, int]:
    """Every name of a step and its value, in order: the states that came in (`c₋₁`), then what the function names.

    A name that is given again keeps its last value under the plain name, the earlier ones as `x.1`, `x.2`.
    """
    named = {f"{trace.labels[s]}₋₁": s for s in trace.states}
    given: dict[str, list[int]] = {}
    for name, value in trace.names:
        given.setdefault(name, []).append(value)
    for state, new in zip(trace.states, trace.results[1:], strict=True):
        given.setdefault(trace.labels[state], [new])
    for name, values in given.items():
        named |= {f"{name}.{k}": value for k, value in enumerate(values[:-1], 1)}
        named[name] = values[-1]
    return named


def _news(trace: Trace) -> dict[int, int]:
    return dict(zip(trace.states, trace.results[1:], strict=True))


class _Planner:
    def __init__(self, cell: Cell, trace: Trace, *, named: bool) -> None:
        self.cell, self.trace = cell, trace
        self.named = named_values(trace) if named else {}
        self.wanted = (*trace.results, *self.named.values())
        self.parts = components(trace)
        self.news = _news(trace)
        self.memories: dict[int, Memory] = {}

    def plan(self, inputs: int, hidden: int) -> Plan:
        rewriter = Rewriter(self.trace)
        ops = needed(self.trace.ops, self.wanted)
        ops = tuple(rewriter.find_products(ops, self.levels(ops)))
        ops = needed(rewriter.split_products(ops, self.levels(ops)), self.wanted)
        ops = rewriter.regroup_sums(ops, self.levels(ops), self.wanted)
        level = self.levels(ops)
        for memory in find_memories(self.trace, ops, level, self.wanted):
            self.memories[level[memory.new]] = memory
            level |= dict.fromkeys(memory.inside, level[memory.new])
        absorbed = self.addends(ops, level)
        letters = {op.params["name"]: op.params["shape"] for op in ops if op.primitive is letter_p}
        blocks = [self.block(n, ops, level, absorbed) for n in range(2 * len(self.parts) + 2)]
        phases = [b for b in blocks[1:] if not isinstance(b, Block) or isinstance(b, Loop) or b.ops]
        once = blocks[0]
        assert isinstance(once, Block)
        return Plan(self.cell, inputs, hidden, self.trace, letters, once, tuple(phases), self.named)

    def levels(self, ops: Sequence[Op]) -> dict[int, int]:
        """The level of every value."""
        level = dict.fromkeys([self.trace.x, *self.trace.inputs], 1) | dict.fromkeys(self.trace.constants, ONCE)
        level |= {mask.value: ONCE if mask.over == "run" else 1 for mask in self.trace.masks}
        inside: dict[int, int] = {}
        for k, states in enumerate(self.parts, 1):
            level |= dict.fromkeys(states, 2 * k)
            feeding = live_values(ops, [self.news[s] for s in states])
            hot = set(states)
            for op in ops:
                if hot & set(op.values):
                    hot |= set(op.outs)
                    if feeding & set(op.outs):
                        inside |= dict.fromkeys(op.outs, 2 * k)
        for op in ops:
            own = inside.get(op.outs[0], ONCE)
            read = [level[i] + (1 if in_loop(level[i]) and level[i] != own else 0) for i in op.values]
            for o in op.outs:
                level[o] = max([own, *read])
        return level

    def addends(self, ops: Sequence[Op], level: dict[int, int]) -> dict[int, tuple[int, int]]:
        """Products with a term that is known before the loop: product -> (sum, term)."""
        uses, made, found = count_uses(ops, self.wanted), {o: op for op in ops for o in op.outs}, {}
        for op in ops:
            if op.primitive is not lax.add_p or len(op.values) < 2:
                continue
            term, z = sorted(op.values, key=lambda i: level[i])
            product = made.get(z)
            if product is None or product.primitive is not product_p or product.params["kind"] is not Matrices:
                continue
            shapes = {self.trace.avals[i].shape for i in (term, z)}
            if in_loop(level[z]) and ONCE < level[term] < level[z] and uses[z] == 1 and len(shapes) == 1:
                found[z] = (op.outs[0], term)
        return found

    def block(
        self, n: int, ops: Sequence[Op], level: dict[int, int], absorbed: dict[int, tuple[int, int]]
    ) -> Block | Loop | Shift:
        states = self.parts[n // 2 - 1] if in_loop(n) else ()
        if states and not any(level[self.news[s]] == n for s in states):
            return Shift(states[0], self.news[states[0]])
        sums = {s for s, _ in absorbed.values()}
        mine = tuple(op for op in ops if level[op.outs[0]] == n and op.outs[0] not in sums)
        groups = self.groups(n, mine, absorbed)
        addends = tuple(tuple(s.addend for s in g.slots if s.addend is not None) for g in groups)
        own = {o for op in mine for o in op.outs} | set(states) | sums
        direct = dict.fromkeys(i for op in mine for i in _operands(op))
        read = list(dict.fromkeys([*direct, *(i for a in addends for i in a)]))
        after = self.sequences(level) | {i for op in ops if level[op.outs[0]] > n for i in op.values}
        gives = tuple(
            i
            for i in dict.fromkeys([*states, *(o for op in mine for o in op.outs), *sums])
            if i in after and level[i] == n
        )
        known: dict[str, Any] = {
            "ops": mine,
            "groups": groups,
            "once": tuple(i for i in read if level[i] == ONCE and i not in own),
            "reads": tuple(i for i in read if level[i] > ONCE and i not in own),
            "gives": gives,
        }
        if not states:
            return Block(**known)
        trained = self.trained(ops, level)
        return Loop(
            **known,
            states=states,
            news=tuple(self.news[s] for s in states),
            kind="matrix" if n in self.memories else self.kind(states, mine, groups),
            memory=self.memories.get(n),
            addends=addends,
            smooth=tuple(i for i in known["reads"] if i in direct and self.is_smooth(i)),
            whole=tuple(i for i in known["reads"] if i in direct and not self.is_smooth(i)),
            learned=tuple(i for i in known["once"] if i in trained),
            fixed=tuple(i for i in known["once"] if i not in trained),
        )

    def sequences(self, level: dict[int, int]) -> set[int]:
        """The values that are wanted at every step: the output, what is named, the new values of shifted states."""
        shifted = {self.news[s] for k, part in enumerate(self.parts, 1) for s in part if level[self.news[s]] != 2 * k}
        return {self.wanted[0], *self.wanted[len(self.trace.results) :]} | shifted

    def groups(self, n: int, mine: Sequence[Op], absorbed: dict[int, tuple[int, int]]) -> tuple[Group, ...]:
        depth: dict[int, int] = {}
        found: dict[Any, list[Slot]] = {}
        for op in mine:
            is_product = op.primitive is product_p
            deep = max((depth.get(i, 0) for i in op.values), default=0) + (is_product and in_loop(n))
            depth |= dict.fromkeys(op.outs, deep)
            if is_product:
                out, term = absorbed.get(op.outs[0], (op.outs[0], None))
                depth[out] = deep
                slot = Slot(
                    self.letter_name(op.values[1]), self.trace.avals[op.outs[0]].shape[0], out, op.values[1], term
                )
                found.setdefault((op.values[0], op.params["kind"]), []).append(slot)
        return tuple(
            Group(operand, kind, depth[slots[0].out], tuple(sorted(slots, key=lambda s: s.addend is None)))
            for (operand, kind), slots in found.items()
        )

    def letter_name(self, matrix: int) -> str:
        for op in self.trace.ops:
            if matrix in op.outs and op.primitive is letter_p:
                return ".".join(op.params["name"])
        return "matrix"

    def trained(self, ops: Iterable[Op], level: dict[int, int]) -> frozenset[int]:
        """The values computed once that depend on what is learned."""
        live: set[int] = set()
        for op in ops:
            if level[op.outs[0]] != ONCE:
                continue
            learned = op.primitive is letter_p and op.params["name"][0] in self.cell.learned
            if learned or live & set(op.values):
                live |= {o for o in op.outs if self.is_smooth(o)}
        return frozenset(live)

    def is_smooth(self, i: int) -> bool:
        return bool(jnp.issubdtype(self.trace.avals[i].dtype, jnp.inexact))

    def kind(self, states: Sequence[int], mine: Sequence[Op], groups: Sequence[Group]) -> str:
        if groups:
            return "products"
        return "linear" if _linear_diagonal(self.trace, states, mine) else "elementwise"


def _operands(op: Op) -> tuple[int, ...]:
    """What an operation reads as it runs; the matrices of products are stacked beforehand."""
    return op.values[:1] if op.primitive is product_p else op.values


LINEAR = {"add", "sub", "neg", "real", "imag", "complex", "conj", "convert_element_type"}


def _linear_diagonal(trace: Trace, states: Sequence[int], ops: Sequence[Op]) -> bool:
    """Whether every new value is a sum of states and terms, each state times something known, unit by unit."""
    hot = set(states)
    for op in ops:
        warm = [isinstance(i, int) and i in hot for i in op.ins]
        if not any(warm):
            continue
        name = op.primitive.name
        alike = {trace.avals[i].shape for i in (*op.values, *op.outs) if i in hot or i in op.outs}
        ok = name in LINEAR or (name == "mul" and sum(warm) == 1) or (name == "div" and not warm[1])
        if name == "select_n":
            ok = not warm[0]
        if not ok or len(alike) > 1:
            return False
        hot |= set(op.outs)
    return True

"""Matrix states that decay by numbers and take in outer products: found in a step, so that they run in chunks.

What is looked for is C' = f C + v kᵀ, with numbers f for whole matrices, of which nothing is read but C' q. v, k, q and
f may be any values known before the loop (Katharopoulos et al. 2020 for f = 1; the mLSTM of Beck et al. 2024).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from jax import lax

from carrousel.engine.rewrite import count_uses
from carrousel.engine.trace import Op, Trace


class Read(NamedTuple):
    """One product of the new matrices with vectors."""

    vector: int
    """Its shape is (…, 1, columns)."""
    out: int
    """(…, rows)."""


class Memory(NamedTuple):
    """A matrix state of this kind, by the numbers of its values."""

    state: int
    new: int
    decay: int
    """(…, 1, 1), or a single number."""
    rows: tuple[int, ...]
    """The factors of v, (…, rows or 1, 1) each, or single numbers."""
    columns: tuple[int, ...]
    """The factors of k, (…, 1, columns) each."""
    reads: tuple[Read, ...]
    inside: tuple[int, ...]
    """What only its loop makes: the outer product, the new matrices, what is read of them."""


def find_memories(trace: Trace, ops: Sequence[Op], level: Mapping[int, int], wanted: Sequence[int]) -> list[Memory]:
    """The matrix states of a step that are of this kind.

    Args:
        trace: the step.
        ops: its operations.
        level: when each value is known.
        wanted: the output, the new states, and values that are given at every step.
    """
    finder = _Finder(trace, ops, level, wanted)
    found = [finder.memory(state, new) for state, new in zip(trace.states, trace.results[1:], strict=True)]
    return [memory for memory in found if memory is not None]


class _Finder:
    def __init__(self, trace: Trace, ops: Sequence[Op], level: Mapping[int, int], wanted: Sequence[int]) -> None:
        self.avals, self.level = trace.avals, level
        self.made = {o: op for op in ops for o in op.outs}
        self.readers: dict[int, list[Op]] = {}
        for op in ops:
            for i in op.values:
                self.readers.setdefault(i, []).append(op)
        self.uses = count_uses(ops, wanted)

    def memory(self, state: int, new: int) -> Memory | None:
        shape = self.shape(new)
        total = self.op(new, lax.add_p)
        if len(shape) < 2 or 1 in shape[-2:] or total is None or self.uses[state] != 1:
            return None
        for kept, added in (total.values, total.values[::-1]):
            decay = self.other_factor(kept, state)
            if decay is not None and self.shape(decay)[-2:] == (1, 1) and self.level[decay] < self.level[new]:
                return self.with_parts(state, new, kept, added, decay)
        return None

    def with_parts(self, state: int, new: int, kept: int, added: int, decay: int) -> Memory | None:
        leaves, inside = list[int](), [kept, new]
        self.factors(added, leaves, inside)
        rows = tuple(i for i in leaves if self.shape(i)[-1] == 1)
        columns = tuple(i for i in leaves if self.shape(i)[-1] > 1 and self.shape(i)[-2] == 1)
        known = all(self.level[i] < self.level[new] for i in leaves)
        if len(rows) + len(columns) < len(leaves) or not rows or not columns or not known:
            return None
        reads = list(self.reads(new))
        if len(reads) != self.uses[new] - 1:  # one use is as the new state
            return None
        inside += [i for product, read in reads for i in (product, read.out)]
        return Memory(state, new, decay, rows, columns, tuple(read for _, read in reads), tuple(inside))

    def factors(self, value: int, leaves: list[int], inside: list[int]) -> None:
        """The factors of an outer product that are not whole matrices."""
        op = self.op(value, lax.mul_p)
        if op is None or self.uses[value] != 1 or 1 in self.shape(value)[-2:]:
            leaves.append(value)
            return
        inside.append(value)
        for factor in op.values:
            self.factors(factor, leaves, inside)

    def reads(self, new: int) -> Iterator[tuple[int, Read]]:
        last = len(self.shape(new)) - 1
        for op in self.readers.get(new, []):
            product = op.outs[0]
            vector = self.other_factor(product, new)
            if vector is None or self.shape(vector)[-2] != 1 or self.level[vector] >= self.level[new]:
                continue
            total = self.readers[product][0] if self.uses[product] == 1 and product in self.readers else None
            summed = total is not None and total.primitive is lax.reduce_sum_p
            if total is not None and summed and tuple(total.params["axes"]) == (last,):
                yield product, Read(vector, total.outs[0])

    def other_factor(self, product: int, factor: int) -> int | None:
        op = self.op(product, lax.mul_p)
        if op is None or len(op.values) != 2 or factor not in op.values or op.values[0] == op.values[1]:
            return None
        (other,) = (i for i in op.values if i != factor)
        return other

    def op(self, value: int, primitive: Any) -> Op | None:
        op = self.made.get(value)
        return op if op is not None and op.primitive is primitive and len(op.values) == 2 else None

    def shape(self, value: int) -> tuple[int, ...]:
        """The shape of a value; a single number is a matrix of one."""
        shape: tuple[int, ...] = self.avals[value].shape or (1, 1)
        return shape

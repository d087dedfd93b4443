"""Rewritings of a traced step that change no result: what is a product, what is split, how sums are grouped."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import jax
from jax import lax
from jax.extend.core import Primitive

from carrousel.engine.kinds import Matrices
from carrousel.engine.letters import product_p
from carrousel.engine.trace import Op, Trace, needed

Levels = Mapping[int, int]
Label = Callable[[Sequence[Op]], Levels]

ONCE = 0


class Rewriter:
    """Makes new values beside those of a trace."""

    def __init__(self, trace: Trace) -> None:
        self.avals = trace.avals
        self.count = itertools.count(trace.fresh)

    def new(self, shape: tuple[int, ...], like: int) -> int:
        """A new value of this shape, in the number format of another."""
        number = next(self.count)
        self.avals[number] = jax.core.ShapedArray(shape, self.avals[like].dtype)
        return number

    def op(self, primitive: Primitive, ins: tuple[int, ...], shape: tuple[int, ...], **params: object) -> Op:
        """A new operation that makes a new value."""
        run = lax.add if primitive is lax.add_p else functools.partial(primitive.bind, **params)
        return Op(primitive, params, ins, (self.new(shape, ins[0]),), run)

    def find_products(self, ops: Iterable[Op], level: Levels) -> Iterator[Op]:
        """A matrix made of letters and constants times a vector is a product, however it was written."""
        for op in ops:
            found = self._as_product(op, level)
            yield from found or [op]

    def _as_product(self, op: Op, level: Levels) -> list[Op] | None:
        if op.primitive is not lax.dot_general_p or len(op.values) != 2:
            return None
        ((left, right), batch) = op.params["dimension_numbers"]
        if batch != ((), ()):
            return None
        a, b = op.values
        for v, m, contracted in ((b, a, left), (a, b, right)):
            if level[m] == ONCE < level[v] and len(self.avals[m].shape) == 2 and len(self.avals[v].shape) == 1:
                if contracted == (1,):
                    return [Op(product_p, {"kind": Matrices}, (v, m), op.outs, None)]
                rows, columns = self.avals[m].shape
                turned = self.op(lax.transpose_p, (m,), (columns, rows), permutation=(1, 0))
                return [turned, Op(product_p, {"kind": Matrices}, (v, turned.outs[0]), op.outs, None)]
        return None

    def split_products(self, ops: Iterable[Op], level: Levels) -> Iterator[Op]:
        """`W @ concatenate([x, h])` becomes a sum of two products where its parts are known at different times."""
        made: dict[int, Op] = {}
        for op in ops:
            made.update(dict.fromkeys(op.outs, op))
            joined = made.get(op.values[0]) if op.primitive is product_p else None
            parts = joined.values if joined is not None and joined.primitive is lax.concatenate_p else ()
            if op.params.get("kind") is not Matrices or len({level[p] for p in parts}) < 2:
                yield op
                continue
            yield from self._split(op, parts)

    def _split(self, op: Op, parts: tuple[int, ...]) -> Iterator[Op]:
        m, rows, at = op.values[1], self.avals[op.outs[0]].shape[0], 0
        terms: list[int] = []
        for part in parts:
            size = self.avals[part].shape[0]
            cut = self.op(
                lax.slice_p, (m,), (rows, size), start_indices=(0, at), limit_indices=(rows, at + size), strides=None
            )
            at += size
            yield cut
            terms.append(self.new((rows,), m))
            yield Op(product_p, {"kind": Matrices}, (part, cut.outs[0]), (terms[-1],), None)
        total = terms[0]
        for term in terms[1:-1]:
            sum_ = self.op(lax.add_p, (total, term), (rows,))
            yield sum_
            total = sum_.outs[0]
        yield Op(lax.add_p, {}, (total, terms[-1]), op.outs, lax.add)

    def regroup_sums(self, ops: Sequence[Op], level: Levels, wanted: Sequence[int]) -> tuple[Op, ...]:
        """`a + z + b` with a and b known before the loop becomes `(a + b) + z`: biases leave the loop."""
        return needed(_Sums(self, ops, level, wanted).regrouped(), wanted)


def count_uses(ops: Iterable[Op], wanted: Iterable[int]) -> dict[int, int]:
    """How often each value is read."""
    count: dict[int, int] = {}
    for i in itertools.chain((i for op in ops for i in op.values), wanted):
        count[i] = count.get(i, 0) + 1
    return count


def in_loop(level: int) -> bool:
    """Whether values of this level exist inside a loop only."""
    return level > ONCE and level % 2 == 0


class _Sums:
    """The sums inside loops, and how their terms are put in order."""

    def __init__(self, rewriter: Rewriter, ops: Sequence[Op], level: Levels, wanted: Sequence[int]) -> None:
        self.rewriter, self.ops, self.level, self.avals = rewriter, ops, level, rewriter.avals
        self.made = {o: op for op in ops for o in op.outs}
        uses = count_uses(ops, wanted)
        sums = [op for op in ops if self.is_sum(op.outs[0])]
        self.inner = {
            i for op in sums for i in op.values if self.is_sum(i) and uses[i] == 1 and level[i] == level[op.outs[0]]
        }

    def is_sum(self, i: object) -> bool:
        return isinstance(i, int) and i in self.made and self.made[i].primitive is lax.add_p and in_loop(self.level[i])

    def terms(self, op: Op) -> list[object]:
        nested = [self.terms(self.made[i]) if isinstance(i, int) and i in self.inner else [i] for i in op.ins]
        return [term for terms in nested for term in terms]

    def rank(self, term: int, loop: int) -> float:
        """Terms known before the loop first, in the order in which they are known; then products; then the rest."""
        level = self.level[term]
        if level < loop:
            return 1.5 if level == ONCE else level
        return loop if term in self.made and self.made[term].primitive is product_p else loop + 1

    def regrouped(self) -> Iterator[Op]:
        for op in self.ops:
            terms = self.terms(op) if self.is_sum(op.outs[0]) and op.outs[0] not in self.inner else []
            yield from self.in_order(op, terms) or [op]

    def in_order(self, op: Op, terms: list[object]) -> list[Op] | None:
        aval, loop = self.avals[op.outs[0]], self.level[op.outs[0]]
        numbers = [t for t in terms if isinstance(t, int) and self.avals[t].shape == aval.shape]
        if len(terms) < 3 or len(numbers) < len(terms) or all(self.level[t] >= loop for t in numbers):
            return None
        total, *others = sorted(numbers, key=lambda t: self.rank(t, loop))
        out = []
        for k, term in enumerate(others, 1):
            new = op.outs[0] if k == len(others) else self.rewriter.new(aval.shape, op.outs[0])
            out.append(op._replace(ins=(total, term), outs=(new,)))
            total = new
        return out

"""Sums of products of several states, as one product of these states put together: fewer products a step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from jax import lax

from carrousel.engine.kinds import Matrices
from carrousel.engine.letters import product_p
from carrousel.engine.rewrite import Levels, Rewriter, Sums, count_uses, in_loop
from carrousel.engine.trace import Op, needed

STATES: Final = 3
"""From so many states on: putting two together costs what one product less saves."""

Joined = Mapping[int, list[Op]]
"""A sum -> those of its terms that are products of states, in the order of the states."""


def join_products(
    rewriter: Rewriter, ops: Sequence[Op], level: Levels, states: Sequence[int], wanted: Sequence[int]
) -> tuple[Op, ...]:
    """`U @ h + R @ i + S @ f` in a loop becomes the product of `[U R S]` with h, i and f put together.

    All sums of the same states do, where at most one of these states meets other matrices too.
    """
    sums = Sums(rewriter, ops, level, wanted)
    joined = _worth_joining(_sums_of_states(sums, states, count_uses(ops, wanted)), ops, level)
    return needed(list(_rewritten(rewriter, sums, joined)), wanted) if joined else tuple(ops)


def _is_product(op: Op | None, level: Levels) -> bool:
    return op is not None and op.primitive is product_p and op.params["kind"] is Matrices and in_loop(level[op.outs[0]])


def _sums_of_states(sums: Sums, states: Sequence[int], uses: Mapping[int, int]) -> Joined:
    found: dict[int, list[Op]] = {}
    for op in sums.ops:
        out = op.outs[0]
        terms = sums.terms(op) if sums.is_sum(out) and out not in sums.inner else []
        if any(not isinstance(t, int) or sums.avals[t].shape != sums.avals[out].shape for t in terms):
            continue
        products = [sums.made[t] for t in terms if isinstance(t, int) and t in sums.made and uses[t] == 1]
        products = [p for p in products if _is_product(p, sums.level) and p.values[0] in states]
        products = [p for p in products if sums.level[p.outs[0]] == sums.level[out]]
        if len({p.values[0] for p in products}) == len(products) >= STATES:
            found[out] = sorted(products, key=lambda p: states.index(p.values[0]))
    return found


def _worth_joining(found: Joined, ops: Sequence[Op], level: Levels) -> Joined:
    """Those whose states meet no other matrices, but for one."""
    all_of: dict[int, int] = {}
    for op in ops:
        if _is_product(op, level):
            all_of[op.values[0]] = all_of.get(op.values[0], 0) + 1
    alike: dict[tuple[int, ...], list[int]] = {}
    for out, products in found.items():
        alike.setdefault(tuple(p.values[0] for p in products), []).append(out)
    worth = (outs for states, outs in alike.items() if sum(all_of[s] > len(outs) for s in states) <= 1)
    return {out: found[out] for outs in worth for out in outs}


def _rewritten(rewriter: Rewriter, sums: Sums, joined: Joined) -> Iterator[Op]:
    together: dict[tuple[int, ...], int] = {}
    for op in sums.ops:
        products = joined.get(op.outs[0])
        if products is None:
            yield op
            continue
        states, matrices = (tuple(p.values[k] for p in products) for k in (0, 1))
        rows, columns = sums.avals[op.outs[0]].shape[0], sum(sums.avals[s].shape[0] for s in states)
        if states not in together:
            put = rewriter.op(lax.concatenate_p, states, (columns,), dimension=0)
            together[states] = put.outs[0]
            yield put
        side = rewriter.op(lax.concatenate_p, matrices, (rows, columns), dimension=1)
        yield side
        rest = [t for t in sums.terms(op) if t not in {p.outs[0] for p in products}]
        total = op.outs[0] if not rest else rewriter.new((rows,), op.outs[0])
        yield Op(product_p, {"kind": Matrices}, (together[states], side.outs[0]), (total,), None)
        for k, term in enumerate(rest, 1):
            new = op.outs[0] if k == len(rest) else rewriter.new((rows,), op.outs[0])
            yield op._replace(ins=(total, term), outs=(new,))
            total = new

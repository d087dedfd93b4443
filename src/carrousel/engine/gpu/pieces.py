"""Vectors joined in a step, kept apart: Triton can neither join values nor cut one.

What is joined, worked on unit by unit, summed, and cut again where it was joined (a norm over all gates) is done piece
by piece. What is joined otherwise stays as it is, and then the step fits no kernel.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Final

from jax import lax

from carrousel.engine.gpu.operations import UNITWISE
from carrousel.engine.plan import Loop
from carrousel.engine.trace import Op, Trace

FOLDED: Final = {"reduce_sum": lax.add_p, "reduce_max": lax.max_p, "reduce_min": lax.min_p}
"""What is folded over the units, and how the pieces' results are."""
Shapes = dict[int, tuple[int, ...]]


class _JoinedError(Exception):
    """A joined value is used as a whole."""


def in_pieces(loop: Loop, trace: Trace) -> tuple[Loop, Shapes]:
    """The loop with joined vectors kept apart where they can be, and the shapes of what is new."""
    work = _Pieces(trace)
    try:
        for op in loop.ops:
            work.take(op)
        if work.pieces.keys() & {*loop.news, *loop.gives, *(g.operand for g in loop.groups)}:
            return loop, {}
    except _JoinedError:
        return loop, {}
    news, gives = (tuple(work.now.get(i, i) for i in values) for values in (loop.news, loop.gives))
    groups = tuple(g._replace(operand=work.now.get(g.operand, g.operand)) for g in loop.groups)
    return dataclasses.replace(loop, ops=tuple(work.ops), news=news, gives=gives, groups=groups), work.shapes


class _Pieces:
    def __init__(self, trace: Trace) -> None:
        self.shape: Mapping[int, Any] = {i: aval.shape for i, aval in trace.avals.items()}
        self.fresh = trace.fresh
        self.ops: list[Op] = []
        self.pieces: dict[int, tuple[int, ...]] = {}
        """Joined value -> its pieces."""
        self.now: dict[int, int] = {}
        """A value that was cut out of joined ones -> the piece that it is."""
        self.shapes: Shapes = {}

    def take(self, op: Op) -> None:
        """Add an operation, piece by piece if what it reads is joined."""
        op = op._replace(ins=tuple(self.now.get(i, i) if isinstance(i, int) else i for i in op.ins))
        name = op.primitive.name
        if name == "concatenate":
            self.pieces[op.outs[0]] = tuple(p for i in op.values for p in self.pieces.get(i, (i,)))
            if any(len(self.shape[i]) != 1 for i in op.values) or len(op.values) != len(op.ins):
                raise _JoinedError
        elif not self.pieces.keys() & set(op.values):
            self.ops.append(op)
        elif name in UNITWISE and op.run is not None:
            self._each(op)
        elif name in FOLDED:
            self._folded(op)
        else:
            self._cut(op)

    def _each(self, op: Op) -> None:
        counts = {len(self.pieces[i]) for i in op.values if i in self.pieces}
        if len(counts) > 1 or any(self.shape[i] for i in op.values if i not in self.pieces):
            raise _JoinedError
        outs = []
        for n in range(counts.pop()):
            ins = tuple(self.pieces[i][n] if isinstance(i, int) and i in self.pieces else i for i in op.ins)
            sizes = [self._size(i) for i in ins if isinstance(i, int) and self._size(i)]
            outs.append(self._add(op._replace(ins=ins), sizes[0]))
        self.pieces[op.outs[0]] = tuple(outs)

    def _folded(self, op: Op) -> None:
        first, *rest = [self._add(op._replace(ins=(piece,)), ()) for piece in self.pieces[op.values[0]]]
        fold = FOLDED[op.primitive.name]
        if not rest:
            raise _JoinedError
        for n, other in enumerate(rest, 1):
            folding = Op(fold, {}, (first, other), op.outs, fold.bind)
            if n == len(rest):
                self.ops.append(folding)
            else:
                first = self._add(folding, ())

    def _cut(self, op: Op) -> None:
        """A reshape to one row a piece, one such row, or the vector that it is."""
        pieces, out = self.pieces[op.values[0]], op.outs[0]
        match op.primitive.name:
            case "reshape" if self.shape[out][:-1] == (len(pieces),) and len({self._size(p) for p in pieces}) == 1:
                self.pieces[out] = pieces
            case "slice" if op.params["strides"] is None and self.shape[out] == (1, *self._size(pieces[0])):
                row = op.params["start_indices"][0]
                self.pieces[out] = (pieces[row],)
            case "squeeze" if len(pieces) == 1:
                self.now[out] = pieces[0]
            case _:
                raise _JoinedError

    def _size(self, i: int) -> tuple[int, ...]:
        return self.shapes[i] if i in self.shapes else self.shape[i]

    def _add(self, op: Op, shape: tuple[int, ...]) -> int:
        """An operation with a new value."""
        number, self.fresh = self.fresh, self.fresh + 1
        self.ops.append(op._replace(outs=(number,)))
        self.shapes[number] = shape
        return number

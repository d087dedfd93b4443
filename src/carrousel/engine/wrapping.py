"""Wrappers: any cell becomes another by a change of its traced step, before the step is planned.

So all that the engine derives, the plan, the stacked products, every mode of differentiation, serves a wrapped cell
too. A wrapper may add letters, which stand in a namespace of their own, and masks, which are drawn for every run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Protocol, runtime_checkable

import jax
import jax.numpy as jnp
from jax import Array, lax

from carrousel.engine.cell import FURTHER, Cell
from carrousel.engine.letters import letter_p, product_p
from carrousel.engine.masks import Mask, Over
from carrousel.engine.trace import Flattener, Op, Trace, live_values
from carrousel.errors import CellError

Arrays = dict[str, dict[str, Array]]
StartLetter = Callable[[Array, Arrays], Any]
"""A starting value from a random key and the letters that have one already."""


@runtime_checkable
class Wrapper(Protocol):
    """A change of any cell's step; a frozen dataclass, so that equal ones are equal."""

    def rewrite(self, step: Step, *, training: bool) -> None:
        """Change the step.

        It may draw masks in training only, and has the same letters in training and in evaluation.

        Raises:
            CellError: this cell has nothing that the change could act on.
        """


class Product(NamedTuple):
    """A matrix made of letters and constants alone, times a vector."""

    operand: int
    matrix: int
    out: int
    letters: tuple[tuple[str, str], ...]
    """The letters that the matrix is made of."""

    @property
    def name(self) -> str:
        """The names of its letters, `U.f`; several are joined by plus signs."""
        return "+".join(".".join(letter) for letter in self.letters) or "matrix"


class Step:
    """A traced step while wrappers change it."""

    def __init__(self, cell: Cell, trace: Trace) -> None:
        """Start from the step of a cell."""
        self.cell = cell
        self._trace, self._fresh = trace, trace.fresh
        self._ops, self._results, self._names = list(trace.ops), trace.results, trace.names
        self._avals, self._constants = dict(trace.avals), dict(trace.constants)
        self._states = {trace.labels[s]: s for s in trace.states}
        self._masks, self._starts = list(trace.masks), dict(trace.starts)

    @property
    def x(self) -> int:
        """The input."""
        return self._trace.x

    @property
    def states(self) -> dict[str, int]:
        """The states that came in, as the step reads them, by name."""
        return dict(self._states)

    @property
    def news(self) -> dict[str, int]:
        """The new values of the states, by name."""
        return dict(zip(self.states, self._results[1:], strict=True))

    @property
    def names(self) -> dict[str, int]:
        """The value that each name of the function had last."""
        return dict(self._names)

    def shape(self, value: int) -> tuple[int, ...]:
        """The shape of a value."""
        shape: tuple[int, ...] = self._avals[value].shape
        return shape

    def products(self) -> list[Product]:
        """All products of the step, in order."""
        moving = self.reached([self._trace.x, *self._trace.inputs, *self._trace.states])
        found = []
        for op in self._ops:
            if op.primitive not in (product_p, lax.dot_general_p) or len(op.values) != 2:
                continue
            operand, matrix = sorted(op.values, key=lambda i: i not in moving)
            if operand in moving and matrix not in moving:
                found.append(Product(operand, matrix, op.outs[0], self._letters_of(matrix)))
        return found

    def letters(self) -> dict[tuple[str, str], int]:
        """The learned letters of the cell itself, by name."""
        learned = self.cell.bare.learned
        found = [(op.params["name"], op.outs[0]) for op in self._ops if op.primitive is letter_p]
        return {name: value for name, value in found if name[0] in learned}

    def recurrent_products(self) -> list[Product]:
        """The products by which states act on new states."""
        hot, feeding = self.reached(self._trace.states), live_values(self._ordered(), self._results[1:])
        return [p for p in self.products() if p.operand in hot and p.out in feeding]

    def recurrent_matrices(self, wanted: str) -> list[int]:
        """The matrices by which states act on new states, each once.

        Args:
            wanted: what wants them, for the message.

        Raises:
            CellError: there are none.
        """
        found = list(dict.fromkeys(p.matrix for p in self.recurrent_products()))
        if not found:
            raise CellError(f"{wanted} acts on matrices between states, and {self.cell.name} has none")
        return found

    def reached(self, values: Iterable[int]) -> set[int]:
        """Every value that depends on these, and they themselves."""
        hot = set(values)
        for op in self._ordered():
            if hot & set(op.values):
                hot |= set(op.outs)
        return hot

    def terms(self, value: int) -> list[tuple[int, int]]:
        """The terms of a sum with their signs, 1 or -1; a value that is no sum is its only term."""
        op = next((op for op in self._ops if value in op.outs), None)
        if op is None or op.primitive not in (lax.add_p, lax.sub_p) or len(op.values) < 2:
            return [(1, value)]
        if any(self.shape(i) != self.shape(value) for i in op.values):
            return [(1, value)]
        second = 1 if op.primitive is lax.add_p else -1
        return [(sign * s, i) for sign, v in zip((1, second), op.values, strict=True) for s, i in self.terms(v)]

    def sums(self) -> list[int]:
        """The sums that are no terms of a sum themselves."""
        adding = [op for op in self._ops if op.primitive in (lax.add_p, lax.sub_p)]
        inner = {i for op in adding for i in op.values if self.shape(i) == self.shape(op.outs[0])}
        return [op.outs[0] for op in adding if op.outs[0] not in inner]

    def factors(self, value: int) -> tuple[int, ...]:
        """The factors of a product of two values, unit by unit; of anything else the value alone."""
        op = next((op for op in self._ops if value in op.outs), None)
        return op.values if op is not None and op.primitive is lax.mul_p else (value,)

    def compute(self, function: Callable[..., Any], *values: int) -> int:
        """A new value made of others by a function of arrays."""
        return self._traced(function, values)[0]

    def replace(self, value: int, function: Callable[..., Any], *others: int) -> int:
        """Put `function(value, *others)` in the place of a value, wherever it is read."""
        new, made = self._traced(function, (value, *others))
        self.redirect(value, new, but=made)
        return new

    def redirect(self, old: int, new: int, *, but: Iterable[Op] = ()) -> None:
        """Let everything that reads one value read another, but for some operations."""
        kept = {id(op) for op in but}

        def turned(values: Iterable[Any]) -> tuple[Any, ...]:
            return tuple(new if type(v) is int and v == old else v for v in values)

        self._ops = [op if id(op) in kept else op._replace(ins=turned(op.ins)) for op in self._ops]
        self._results = turned(self._results)
        self._names = tuple((name, new if value == old else value) for name, value in self._names)
        self._states = {name: new if value == old else value for name, value in self._states.items()}

    def feed(self, product: Product, operand: int) -> None:
        """Let a product act on another vector."""
        for n, op in enumerate(self._ops):
            if product.out in op.outs:
                self._ops[n] = op._replace(ins=tuple(operand if i == product.operand else i for i in op.ins))

    def renew(self, state: str, value: int) -> None:
        """Give a state another new value; what the step makes of the old one stays, but for an output equal to it."""
        old = self.news[state]
        at = 1 + list(self.states).index(state)
        self._results = tuple(value if n == at or (n == 0 and i == old) else i for n, i in enumerate(self._results))
        last = max((n for n, name in enumerate(self._names) if name == (state, old)), default=None)
        self._names = tuple((name, value if n == last else i) for n, (name, i) in enumerate(self._names))

    def moving_states(self) -> list[str]:
        """The states, but for single numbers, whose new values read a state."""
        hot = self.reached(self._trace.states)
        return [s for s, new in self.news.items() if new in hot and self.shape(new)]

    def letter(self, name: str, shape: tuple[int, ...], start: StartLetter) -> int:
        """A further letter; the same one where the name is there already."""
        for op in self._ops:
            if op.primitive is letter_p and op.params["name"] == (FURTHER, name):
                return op.outs[0]
        dtype = self._avals[self._trace.x].dtype
        value = self._new(jax.core.ShapedArray(shape, dtype))
        params = {"name": (FURTHER, name), "shape": shape, "dtype": dtype}
        self._ops.insert(0, Op(letter_p, params, (), (value,), None))
        self._starts[FURTHER, name] = start
        return value

    def restart(self, letter: tuple[str, str], start: StartLetter) -> None:
        """Let a letter of the cell start otherwise."""
        self._starts[letter] = start

    def mask(self, shape: tuple[int, ...], *, keep: float, over: Over) -> int:
        """Truth values that are drawn for every run, true with the probability `keep`."""
        value = self._new(jax.core.ShapedArray(shape, jnp.dtype(bool)))
        self._masks.append(Mask(value, shape, keep, over))
        return value

    def finished(self) -> Trace:
        """The changed step."""
        changed = {
            "ops": tuple(self._ordered()),
            "avals": self._avals,
            "constants": self._constants,
            "results": self._results,
            "names": self._names,
            "masks": tuple(self._masks),
            "starts": self._starts,
        }
        return Trace(**{**vars(self._trace), **changed})

    def _new(self, aval: Any) -> int:
        self._avals[self._fresh] = aval
        self._fresh += 1
        return self._fresh - 1

    def _traced(self, function: Callable[..., Any], values: tuple[int, ...]) -> tuple[int, list[Op]]:
        given = [jax.ShapeDtypeStruct(self._avals[v].shape, self._avals[v].dtype) for v in values]
        with jax.enable_x64(self._avals[self._trace.x].dtype == jnp.float64):
            closed = jax.make_jaxpr(function)(*given)
        flat = Flattener(self.cell, closed.jaxpr.debug_info, first=self._fresh)
        flat.avals |= self._avals
        (out,) = flat.inline(closed.jaxpr, [flat.constant(c) for c in closed.consts], list(values))
        self._ops += flat.ops
        self._avals, self._fresh = flat.avals, max(flat.avals) + 1
        self._constants |= flat.constants
        return out, flat.ops

    def _letters_of(self, value: int) -> tuple[tuple[str, str], ...]:
        live = live_values(self._ordered(), [value])
        return tuple(op.params["name"] for op in self._ops if op.primitive is letter_p and op.outs[0] in live)

    def _ordered(self) -> list[Op]:
        """The operations, each after those that it reads from."""
        made = {o: n for n, op in enumerate(self._ops) for o in op.outs}
        out: list[Op] = []
        done: set[int] = set()

        def visit(n: int) -> None:
            if n not in done:
                done.add(n)
                for i in self._ops[n].values:
                    if i in made:
                        visit(made[i])
                out.append(self._ops[n])

        for n in range(len(self._ops)):
            visit(n)
        return out


def wrap_trace(cell: Cell, trace: Trace) -> Trace:
    """The step of a cell with all its wrappers, the innermost first; that of a bare cell as it is.

    Raises:
        CellError: a wrapper has nothing to act on.
    """
    if not cell.wrappers:
        return trace
    step = Step(cell, trace)
    for wrapper in cell.wrappers:
        wrapper.rewrite(step, training=cell.training)
    return step.finished()

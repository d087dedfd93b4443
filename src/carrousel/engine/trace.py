"""A cell traced once: a flat list of operations on numbered values, equal operations being one."""

from __future__ import annotations

import functools
import hashlib
import itertools
import linecache
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import ClosedJaxpr, Jaxpr, Literal, Primitive, Var, jaxpr_as_fun

from carrousel.engine.cell import Cell
from carrousel.engine.kinds import Blocks, Matrices, Namespace, Scalars
from carrousel.engine.letters import BlockLetter, Letters, MatrixLetter, letter_p, product_p
from carrousel.engine.masks import Mask
from carrousel.engine.names import noting
from carrousel.errors import CarrouselError, CellError

CALLS = ("jit", "pjit", "closed_call", "core_call")
CASTS = ("copy", "copy_p", "convert_element_type", "reshape", "broadcast_in_dim")


class Op(NamedTuple):
    """One operation: a primitive on numbered values and literals."""

    primitive: Primitive
    params: dict[str, Any]
    ins: tuple[Any, ...]
    outs: tuple[int, ...]
    run: Callable[..., Any] | None

    @property
    def values(self) -> tuple[int, ...]:
        """The numbered values it reads."""
        return tuple(i for i in self.ins if isinstance(i, int))


@dataclass(frozen=True)
class Trace:
    """A cell's step as operations on numbered values."""

    ops: tuple[Op, ...]
    avals: dict[int, Any]
    constants: dict[int, Any]
    x: int
    inputs: tuple[int, ...]
    states: tuple[int, ...]
    results: tuple[int, ...]
    """The output, then the new states."""
    labels: dict[int, str]
    """Names of x, the inputs and the states that came in."""
    names: tuple[tuple[str, int], ...]
    """Every name that the function gave to a value, in order."""
    masks: tuple[Mask, ...] = ()
    """What wrappers draw."""
    starts: Mapping[tuple[str, str], Callable[..., Any]] = field(default_factory=dict)
    """How letters start that wrappers add or set: functions of a key and of the other letters."""

    @property
    def fresh(self) -> int:
        """The first number that no value has."""
        return max(self.avals) + 1

    def fingerprint(self) -> str:
        """A hash of the traced step: the same equations give the same one."""
        text = [
            f"{op.primitive.name} {_readable(op.params)} {[_readable(i) for i in op.ins]} {op.outs}" for op in self.ops
        ]
        fixed = [np.asarray(c).tobytes().hex() for c in self.constants.values()]
        return hashlib.sha256("\n".join([*text, *fixed, str(self.results)]).encode()).hexdigest()


def trace_cell(cell: Cell, *, inputs: int, hidden: int, dtype: Any) -> Trace:
    """Trace one step of one sequence.

    Args:
        cell: the cell.
        inputs: the size of x.
        hidden: the hidden size.
        dtype: float32 or float64.

    Raises:
        CellError: the equations are wrong; says which and where.
    """
    dtype = jnp.dtype(dtype)
    wanted = cell.shape("x", (inputs,), inputs=inputs, hidden=hidden)
    if wanted != (inputs,):
        raise CellError(f"{cell.name} wants inputs of size {wanted[0]}, got {inputs}")
    shapes = [
        (inputs,),
        *cell.input_shapes(inputs=inputs, hidden=hidden).values(),
        *cell.state_shapes(inputs=inputs, hidden=hidden).values(),
    ]
    noted: list[tuple[str, Any]] = []
    function = noting(cell.function, lambda name, value: noted.append((name, value)))
    spaces = _Spaces(cell, inputs, hidden, dtype)
    kept: list[str] = []
    count: list[int] = []

    def run(x: Any, *rest: Any) -> list[Any]:
        noted.clear()
        kept.clear()
        out = function(x, *rest, **spaces.namespaces(), **cell.options)
        results = list(out) if isinstance(out, (tuple, list)) else [out]
        count[:] = [len(results)]
        values = [(n, v) for n, v in noted if isinstance(v, jax.Array)]
        kept.extend(n for n, _ in values)
        return [jnp.asarray(r) for r in results] + [v for _, v in values]

    with jax.enable_x64(dtype == jnp.float64):
        try:
            closed = jax.make_jaxpr(run)(*[jax.ShapeDtypeStruct(s, dtype) for s in shapes])
        except CarrouselError as error:
            raise CellError(f"{cell.name}{_place(cell.function, error)}: {error}") from error
        except Exception as error:
            raise CellError(f"{cell.name}{_place(cell.function, error)}: {str(error).splitlines()[0]}") from error
        return _checked(cell, _flatten(cell, closed, count[0], kept), inputs=inputs, hidden=hidden)


class _Spaces:
    """Makes letters while the function runs, and sees that each has one shape."""

    def __init__(self, cell: Cell, inputs: int, hidden: int, dtype: Any) -> None:
        self.cell, self.inputs, self.hidden, self.dtype = cell, inputs, hidden, dtype
        self.seen: dict[str, tuple[int, ...]] = {}

    def namespaces(self) -> dict[str, Letters]:
        spaces = self.cell.signature.spaces
        return {s: Letters(functools.partial(self.letter, s, kind)) for s, kind in spaces.items()}

    def sized(self, space: str, letter: str) -> tuple[int, ...] | None:
        name = next((n for n in (f"{space}.{letter}", space) if n in self.cell.sizes), None)
        return None if name is None else self.cell.shape(name, (), inputs=self.inputs, hidden=self.hidden)

    def letter(self, space: str, kind: type[Namespace], letter: str) -> Any:
        sized = self.sized(space, letter)
        if kind is Matrices:
            if sized is not None and len(sized) > 1:
                return self.array(space, letter, sized)
            rows = sized[0] if sized else self.hidden
            return MatrixLetter(
                lambda columns: self.array(space, letter, (rows, self.hidden if columns is None else columns))
            )
        if kind is Blocks:
            return BlockLetter(f"{space}.{letter}", functools.partial(self.block, space, letter, sized))
        return self.array(space, letter, sized if sized is not None else () if kind is Scalars else (self.hidden,))

    def block(self, space: str, letter: str, sized: tuple[int, ...] | None, v: Any) -> Any:
        heads = self.cell.options.get("heads")
        if type(heads) is not int:
            raise CellError(f"{space} is of kind Blocks, so the cell needs an option `heads: int`")
        rows, columns = (sized[0] if sized else self.hidden), jnp.shape(v)[0]
        if rows % heads or columns % heads:
            raise CellError(f"{heads} heads do not divide {rows} rows and {columns} columns of {space}.{letter}")
        m = self.array(space, letter, (heads, rows // heads, columns // heads))
        return product_p.bind(jnp.asarray(v), m, kind=Blocks)

    def array(self, space: str, letter: str, shape: tuple[int, ...]) -> Any:
        name = f"{space}.{letter}"
        if self.seen.setdefault(name, shape) != shape:
            raise CellError(f"{name} is used with the shape {self.seen[name]} and with {shape}; a letter has one size")
        return letter_p.bind(name=(space, letter), shape=shape, dtype=self.dtype)


def _checked(cell: Cell, trace: Trace, *, inputs: int, hidden: int) -> Trace:
    states, got = cell.signature.states, len(trace.results)
    if got not in (len(states), len(states) + 1):
        raise CellError(
            f"{cell.name} has {len(states)} states ({', '.join(states)}) and returned {got} values; "
            f"it returns {len(states)} (the new states) or {len(states) + 1} (the output, then the new states)"
        )
    results = (trace.results[0], *trace.results) if got == len(states) else trace.results
    dtype = trace.avals[trace.x].dtype
    for (state, wanted), new in zip(cell.state_shapes(inputs=inputs, hidden=hidden).items(), results[1:], strict=True):
        aval = trace.avals[new]
        if aval.shape != wanted:
            raise CellError(f"{cell.name}: state {state} has shape {wanted}, its new value {aval.shape}")
        if aval.dtype != dtype:
            raise CellError(f"{cell.name}: state {state} is {dtype}, its new value {aval.dtype}")
    output = trace.avals[results[0]]
    if output.ndim != 1 or output.dtype != dtype:
        raise CellError(f"{cell.name}: the output is a vector of {dtype}, got {output.dtype} of shape {output.shape}")
    live = live_values(trace.ops, results)
    for i in (trace.x, *trace.inputs):
        if i not in live:
            raise CellError(f"{cell.name}: no result depends on {trace.labels[i]}")
    return Trace(**{**vars(trace), "results": results})


def fingerprint(cell: Cell, *, inputs: int, hidden: int) -> str:
    """A hash of a cell's traced step at these sizes: it changes when the equations do, not when their writing does."""
    return trace_cell(cell, inputs=inputs, hidden=hidden, dtype=jnp.float32).fingerprint()


def needed(ops: Iterable[Op], wanted: Iterable[int]) -> tuple[Op, ...]:
    """The operations that the wanted values come from."""
    ops = tuple(ops)
    live = live_values(ops, wanted)
    return tuple(op for op in ops if live & set(op.outs))


def live_values(ops: Sequence[Op], wanted: Iterable[int]) -> set[int]:
    """Every value that the wanted values come from."""
    live = set(wanted)
    for op in reversed(ops):
        if live & set(op.outs):
            live |= set(op.values)
    return live


def _place(function: Callable[..., Any], error: BaseException) -> str:
    code, frame, found = function.__code__, error.__traceback__, ""
    while frame is not None:
        if frame.tb_frame.f_code.co_filename == code.co_filename and frame.tb_frame.f_code.co_name == code.co_name:
            found = f", line {frame.tb_lineno} `{linecache.getline(code.co_filename, frame.tb_lineno).strip()}`"
        frame = frame.tb_next
    return found


class Flattener:
    """Inlines calls and joins equal operations."""

    def __init__(self, cell: Cell, debug_info: Any, *, first: int = 0) -> None:
        """`first` is the number of the first value that it makes."""
        self.cell, self.debug_info = cell, debug_info
        self.ops: list[Op] = []
        self.avals: dict[int, Any] = {}
        self.constants: dict[int, Any] = {}
        self.known: dict[Any, tuple[int, ...]] = {}
        self.count = itertools.count(first)

    def new(self, aval: Any) -> int:
        """A new value."""
        number = next(self.count)
        self.avals[number] = aval
        return number

    def constant(self, value: Any) -> int:
        """A new value that is known."""
        number = self.new(jax.core.ShapedArray(jnp.shape(value), jnp.result_type(value)))
        self.constants[number] = value
        return number

    def inline(self, jaxpr: Any, constants: Sequence[Any], arguments: Sequence[Any]) -> list[int]:
        """The operations of a jaxpr on numbered values; gives its results."""
        values = dict(zip(jaxpr.constvars, constants, strict=True)) | dict(zip(jaxpr.invars, arguments, strict=True))

        def read(atom: Any) -> Any:
            return atom if isinstance(atom, Literal) else values[atom]

        for eqn in jaxpr.eqns:
            ins = [read(a) for a in eqn.invars]
            inner = eqn.params.get("jaxpr") if eqn.primitive.name in CALLS else None
            if inner is not None:
                outs: Sequence[Any] = self.inline(inner.jaxpr, [self.constant(c) for c in inner.consts], ins)
            else:
                outs = self.emit(eqn, ins)
            values.update(zip(eqn.outvars, outs, strict=True))
        return [self.constant(a.val) if isinstance(a, Literal) else self.number(values[a]) for a in jaxpr.outvars]

    def number(self, value: Any) -> int:
        """The number of a value, or of a literal that becomes one."""
        return self.constant(value.val) if isinstance(value, Literal) else value

    def emit(self, eqn: Any, ins: list[Any]) -> Sequence[Any]:
        """One operation, unless an equal one is there already."""
        name = eqn.primitive.name
        if any(map(_mentions_letters, eqn.params.values())):
            raise CellError(f"{self.cell.name}: a letter stands inside {name}; letters stand in the cell's own lines")
        if name in CASTS and len(ins) == 1 and isinstance(ins[0], int):
            old, new = self.avals[ins[0]], eqn.outvars[0].aval
            if old.shape == new.shape and old.dtype == new.dtype:
                return ins
        key = (name, tuple(i if isinstance(i, int) else (repr(i.val), str(i.aval)) for i in ins), str(eqn.params))
        if key not in self.known:
            self.known[key] = tuple(self.new(v.aval) for v in eqn.outvars)
            run = None if eqn.primitive in (letter_p, product_p) else _runner(eqn, self.debug_info)
            self.ops.append(Op(eqn.primitive, eqn.params, tuple(ins), self.known[key], run))
        return self.known[key]


def _flatten(cell: Cell, closed: Any, results: int, names: list[str]) -> Trace:
    flat = Flattener(cell, closed.jaxpr.debug_info)
    arguments = [flat.new(v.aval) for v in closed.jaxpr.invars]
    outs = flat.inline(closed.jaxpr, [flat.constant(c) for c in closed.consts], arguments)
    first_state = 1 + len(cell.signature.inputs)
    labels = ("x", *cell.signature.inputs, *cell.signature.states)
    return Trace(
        ops=tuple(flat.ops),
        avals=flat.avals,
        constants=flat.constants,
        x=arguments[0],
        inputs=tuple(arguments[1:first_state]),
        states=tuple(arguments[first_state:]),
        results=tuple(outs[:results]),
        labels=dict(zip(arguments, labels, strict=True)),
        names=tuple(zip(names, outs[results:], strict=True)),
    )


def _runner(eqn: Any, debug_info: Any) -> Callable[..., Any]:
    """How to evaluate an equation; a call with its own derivative runs as a jaxpr of one equation."""
    if "call_jaxpr" not in eqn.params:
        return functools.partial(eqn.primitive.bind, **eqn.params)
    variables = [Var(a.aval) for a in eqn.invars]
    only = eqn.replace(invars=variables)
    call = jaxpr_as_fun(ClosedJaxpr(Jaxpr((), variables, eqn.outvars, [only], debug_info=debug_info), ()))
    return call if eqn.primitive.multiple_results else lambda *values: call(*values)[0]


def _mentions_letters(param: Any) -> bool:
    if isinstance(param, (tuple, list)):
        return any(map(_mentions_letters, param))
    jaxpr = getattr(param, "jaxpr", param)
    return any(
        eqn.primitive in (product_p, letter_p) or any(map(_mentions_letters, eqn.params.values()))
        for eqn in getattr(jaxpr, "eqns", ())
    )


def _readable(value: Any) -> str:
    if isinstance(value, Literal):
        return repr(value.val)
    if isinstance(value, dict):
        return str({k: _readable(v) for k, v in sorted(value.items())})
    return value.__name__ if isinstance(value, type) else str(value)


def run_ops(ops: Iterable[Op], values: dict[int, Any], product: Callable[[Op], None]) -> None:
    """Evaluate operations in order into `values`; letters are there already, products are the caller's."""
    for op in ops:
        if op.primitive is product_p:
            product(op)
        elif op.primitive is not letter_p:
            assert op.run is not None
            out = op.run(*[values[i] if isinstance(i, int) else i.val for i in op.ins])
            values.update(zip(op.outs, out if op.primitive.multiple_results else [out], strict=True))

"""Starting values: letters by what they are, biases by what the cell's row says of them."""

from __future__ import annotations

import inspect
import re
import zlib
from dataclasses import dataclass
from typing import Any, Literal

import jax
import jax.numpy as jnp
from jax import Array, lax

from carrousel.engine.kinds import Blocks, Constants, Matrices
from carrousel.engine.letters import letter_p, product_p
from carrousel.engine.plan import Plan
from carrousel.engine.planning import plan_cell
from carrousel.errors import CellError, SettingsError

Arrays = dict[str, dict[str, Array]]


@dataclass(frozen=True, kw_only=True)
class Start:
    """How a layer's letters start."""

    recurrent: Literal["orthogonal", "glorot", "uniform"] = "orthogonal"
    """Matrices that act on states: orthogonal (Saxe, McClelland & Ganguli 2014), Glorot's range, or `scale`."""
    input: Literal["glorot", "uniform"] = "glorot"
    """Matrices that act on inputs: Glorot & Bengio 2010, or `scale`."""
    scale: float | None = None
    """With a number, every learned letter, biases too, is uniform in ±scale, and the cell's own values are not used."""
    keep_bias: float | None = None
    """The bias of the gate that keeps the old state (an LSTM's forget bias), in the sense that larger keeps more."""
    chrono: float | None = None
    """The longest lag expected: the keeping gate's bias is log U(1, chrono - 1) (Tallec & Ollivier 2018)."""

    def __post_init__(self) -> None:
        if self.scale is not None and not self.scale > 0:
            raise SettingsError(f"scale is the half-width of a range, so it cannot be {self.scale}")
        if self.chrono is not None and not self.chrono > 2:
            raise SettingsError(f"chrono is the longest lag in steps and has to be above 2, got {self.chrono}")
        if self.chrono is not None and self.keep_bias is not None:
            raise SettingsError("chrono and keep_bias both set the bias of the keeping gate; give one")


def start_letters(plan: Plan, start: Start, *, key: Array) -> Arrays:
    """Starting values of all letters of a cell: namespace -> letter -> array.

    Args:
        plan: the cell at its sizes.
        start: how they start.
        key: a random key.

    Raises:
        CellError: the row's starting values do not fit, or a gate is asked for that the cell does not have.
    """
    if plan.cell.wrappers:
        return _start_wrapped(plan, start, key)
    out: Arrays = {space: {} for space in plan.cell.signature.spaces}
    for (space, letter), shape in plan.letters.items():
        own = jax.random.fold_in(key, zlib.crc32(f"{space}.{letter}".encode()) >> 1)
        out[space][letter] = _letter(plan, start, space, letter, shape, own)
    if start.keep_bias is not None or start.chrono is not None:
        _set_keeping_gate(plan, start, out, key)
    return out


def _start_wrapped(plan: Plan, start: Start, key: Array) -> Arrays:
    """The letters of the bare cell start as they would without wrappers, but for those that a wrapper sets."""
    bare = plan_cell(plan.cell.bare, inputs=plan.inputs, hidden=plan.hidden, dtype=plan.dtype)
    out = start_letters(bare, start, key=key)
    for (space, letter), begin in plan.trace.starts.items():
        own = jax.random.fold_in(key, zlib.crc32(f"{space}.{letter}".encode()) >> 1)
        value = jnp.asarray(begin(own, out), plan.dtype)
        out.setdefault(space, {})[letter] = jnp.broadcast_to(value, plan.letters[space, letter])
    return out


def _letter(plan: Plan, start: Start, space: str, letter: str, shape: tuple[int, ...], key: Array) -> Array:
    cell, dtype = plan.cell, plan.dtype
    kind = cell.signature.spaces[space]
    learned = space in cell.learned
    if start.scale is not None and learned:
        return jax.random.uniform(key, shape, dtype, -start.scale, start.scale)
    value = cell.start.get(f"{space}.{letter}", cell.start.get(space))
    if value is not None:
        return _from_row(plan, f"{space}.{letter}", value, shape, key, dtype)
    if kind is Constants:
        raise CellError(f"{cell.name}: {space}.{letter} is a constant and its row gives it no value")
    if kind is Blocks:
        return jax.vmap(lambda k: _matrix(start.recurrent, k, shape[1:], dtype))(jax.random.split(key, shape[0]))
    if kind is Matrices or len(shape) == 2:
        recurrent = (space, letter) in recurrent_letters(plan)
        return _matrix(start.recurrent if recurrent else start.input, key, shape, dtype)
    return jnp.zeros(shape, dtype)


def _from_row(plan: Plan, name: str, value: Any, shape: tuple[int, ...], key: Array, dtype: Any) -> Array:
    if callable(value):
        arguments = (key, shape) if len(inspect.signature(value).parameters) > 1 else (shape,)
        value = value(*arguments)
    array = jnp.asarray(value, dtype)
    if array.shape not in ((), shape):
        raise CellError(f"{plan.cell.name}: {name} has shape {shape}, its starting value {array.shape}")
    return jnp.broadcast_to(array, shape)


def _matrix(how: str, key: Array, shape: tuple[int, ...], dtype: Any) -> Array:
    rows, columns = shape
    if how == "orthogonal":
        return jax.nn.initializers.orthogonal()(key, (rows, columns), dtype)
    reach = (6 / (rows + columns)) ** 0.5 if how == "glorot" else columns**-0.5
    return jax.random.uniform(key, shape, dtype, -reach, reach)


def recurrent_letters(plan: Plan) -> set[tuple[str, str]]:
    """The letters that act on something that depends on a state."""
    trace = plan.trace
    hot = set(trace.states)
    made = {o: op for op in trace.ops for o in op.outs}
    found = set()
    for op in trace.ops:
        if hot & set(op.values):
            hot |= set(op.outs)
            if op.primitive in (product_p, lax.dot_general_p):
                letters = [made[i] for i in op.values if i in made and made[i].primitive is letter_p]
                found |= {letter.params["name"] for letter in letters}
    return found


def _set_keeping_gate(plan: Plan, start: Start, out: Arrays, key: Array) -> None:
    space, letter, sign, taking = keeping_gate(plan)
    shape = plan.letters[space, letter]
    dtype = out[space][letter].dtype
    if start.chrono is not None:
        bias = jnp.log(jax.random.uniform(jax.random.fold_in(key, 1), shape, dtype, 1.0, start.chrono - 1.0))
    else:
        bias = jnp.full(shape, start.keep_bias or 0.0, dtype)
    out[space][letter] = sign * bias
    if start.chrono is not None and taking is not None and plan.letters[taking] == shape:
        out[taking[0]][taking[1]] = -bias


def keeping_gate(plan: Plan) -> tuple[str, str, int, tuple[str, str] | None]:
    """The bias of the gate that keeps: its namespace and letter, its sign, and the bias of the gate that lets in.

    Raises:
        CellError: the cell's row names no gate that keeps, or that gate has no bias.
    """
    cell, trace = plan.cell, plan.trace
    if cell.keeps is None:
        raise CellError(f"{cell.name} has no gate that keeps its state, so no bias of one can be set")
    names = re.findall(r"[^\W\d]\w*", cell.keeps)
    if not names:
        raise CellError(f"{cell.name} keeps all of its state, so no gate's bias can be set")
    name, sign = names[-1], -1 if re.fullmatch(r"1 *- *\w+", cell.keeps) else 1
    values = dict(trace.names)
    if name not in values:
        raise CellError(f"{cell.name} says that {cell.keeps} keeps its state, and its function names no {name}")
    made = {o: op for op in trace.ops for o in op.outs}
    bias = _bias_of(values[name], made, cell.learned) or _bias_within(values[name], name, made, cell.learned)
    if bias is None:
        raise CellError(f"the gate {name} of {cell.name} has no bias of its own")
    sums = [_factors(new, made) for new in trace.results[1:]]
    others = [_bias_of(i, made, cell.learned) for factors in sums if values[name] in factors for i in factors]
    taking = next((b for b in others if b is not None and b != bias), None)
    return (*bias, sign, taking)


def _factors(i: int, made: dict[int, Any]) -> list[int]:
    """The factors of the products that a sum is made of, through sums alone."""
    op = made.get(i)
    if op is None:
        return []
    if op.primitive is lax.add_p:
        return [f for j in op.values for f in _factors(j, made)]
    return list(op.values) if op.primitive is lax.mul_p else []


def _bias_within(gate: int, name: str, made: dict[int, Any], learned: tuple[str, ...]) -> tuple[str, str] | None:
    """The one vector of letters that is a term of a gate, not a factor, or among several the one of its name."""
    todo, seen, found = [gate], {gate}, set[tuple[str, str]]()
    while todo:
        op = made.get(todo.pop())
        if op is None or op.primitive is product_p:
            continue
        if op.primitive is letter_p and len(op.params["shape"]) == 1 and op.params["name"][0] in learned:
            found.add(op.params["name"])
        factors = [i for i in op.values if op.primitive is lax.mul_p and i in made and made[i].primitive is letter_p]
        todo += [i for i in op.values if i not in seen and i not in factors]
        seen.update(op.values)
    named = {letter for letter in found if letter[1] == name}
    return next(iter(found)) if len(found) == 1 else next(iter(named)) if len(named) == 1 else None


def _bias_of(gate: int, made: dict[int, Any], learned: tuple[str, ...]) -> tuple[str, str] | None:
    """The vector of letters that is added inside a logistic gate."""
    op = made.get(gate)
    if op is None or op.primitive is not lax.logistic_p:
        return None
    terms, seen = [*op.values], []
    while terms:
        inner = made.get(terms.pop())
        if inner is not None and inner.primitive is lax.add_p:
            terms += inner.values
        elif inner is not None and inner.primitive is letter_p and len(inner.params["shape"]) == 1:
            seen.append(inner.params["name"])
    names = [n for n in seen if n[0] in learned]
    return names[0] if names else None

"""What the kernels of both directions share: how a loop looks to one program, and how its arrays lie."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import jax
import jax.numpy as jnp
from jax import Array, lax

from carrousel.engine.gpu.fitting import Division
from carrousel.engine.gpu.programs import Port
from carrousel.engine.gpu.sharing import Sharing
from carrousel.engine.kinds import Blocks
from carrousel.engine.loop import Control, How
from carrousel.engine.plan import Group, Loop
from carrousel.engine.precision import Precision
from carrousel.engine.products import weight_gradient

Way = TypeVar("Way", Division, Sharing)


@dataclass(frozen=True)
class Launch(Generic[Way]):
    """What a kernel is compiled for."""

    how: How
    division: Way
    interpret: bool
    """Run by XLA on the processor."""


def spans(group: Group) -> list[slice]:
    """Where each slot's rows lie in a stacked product."""
    ends = itertools.accumulate(slot.rows for slot in group.slots)
    return [slice(end - slot.rows, end) for slot, end in zip(group.slots, ends, strict=True)]


def ports(axes: str, arrays: Iterable[Any], fill: str = "edge") -> tuple[Port, ...]:
    """Ports of arrays that begin with these axes and may have units as their last one."""
    return tuple(Port(a, axes + "u" * (a.ndim - len(axes)), fill) for a in arrays)


def numbers(arrays: Iterable[Array]) -> tuple[Port, ...]:
    """Ports of values that are there once: vectors, and numbers, which are given an axis."""
    return tuple(Port(a, "u") if a.ndim else Port(a[None], "w") for a in arrays)


def stacks(arrays: Iterable[Array], *, heads: bool) -> tuple[Port, ...]:
    """Ports of stacked matrices: (columns, rows) or the other way round, with heads before them."""
    return tuple(Port(a, "hww" if heads else "ww") for a in arrays)


def product_axes(group: Group) -> str:
    """The axes of a stacked product over time."""
    return "tbhw" if group.kind is Blocks else "tbw"


def flags(control: Control) -> tuple[Port | None, Port | None]:
    """Ports of the resets and of the steps that are taken, if any are told."""
    return tuple(None if a is None else Port(a, "tb") for a in (control.resets, control.active))  # type: ignore[return-value]


def read_numbers(refs: Iterable[Any], arrays: Iterable[Array]) -> tuple[Array, ...]:
    """The values of `numbers`' references; truth values are ones again."""
    read = [(ref[...] if a.ndim else ref[0], a.dtype) for ref, a in zip(refs, arrays, strict=True)]
    return tuple(v != 0 if dtype == jnp.bool_ else v for v, dtype in read)


def at(k: Any, refs: Iterable[Any], arrays: Iterable[Array]) -> tuple[Array, ...]:
    """Step `k` of sequences, (tile, units) each."""
    read = [(ref[k], a.dtype) for ref, a in zip(refs, arrays, strict=True)]
    return tuple(v != 0 if dtype == jnp.bool_ else v for v, dtype in read)


def told(k: Any, ref: Any) -> Array | None:
    """Step `k` of a flag, if it is told."""
    return None if ref is None else ref[k] != 0


def put(k: Any, refs: Iterable[Any], values: Iterable[Array]) -> None:
    """Write step `k` of sequences."""
    for ref, value in zip(refs, values, strict=True):
        ref[k] = value


def put_parts(k: Any, ref: Any, group: Group, parts: Iterable[Array]) -> None:
    """Write step `k` of a stacked product, slot by slot."""
    for span, part in zip(spans(group), parts, strict=True):
        ref[k, :, span] = part


def parts_at(k: Any, ref: Any, group: Group) -> tuple[Array, ...]:
    """Step `k` of a stacked product, slot by slot."""
    return tuple(ref[k, :, span] for span in spans(group))


def over_time(step: Any, read: Any, carry: Any, time: int, *, reverse: bool = False) -> Any:
    """`step(k, carry, read(k))` for every step in order; the next one's arrays are fetched while one runs.

    Triton would fetch ahead only what enters a product, and a step waits for memory longer than it computes.
    """

    def body(n: Any, both: Any) -> Any:
        carry, now = both
        k, ahead = (time - 1 - n, jnp.maximum(time - 2 - n, 0)) if reverse else (n, jnp.minimum(n + 1, time - 1))
        after = read(ahead)
        return step(k, carry, now), after

    return lax.fori_loop(0, time, body, (carry, read(time - 1 if reverse else 0)))[0]


def like(shape: tuple[int, ...], dtype: Any) -> jax.ShapeDtypeStruct:
    """The shape of an array that comes out."""
    return jax.ShapeDtypeStruct(shape, dtype)


def after_loop(
    loop: Loop, precision: Precision, states: Iterable[Array], operands: Mapping[int, Array], dz: tuple[Array, ...]
) -> tuple[tuple[Array | None, ...], tuple[Array, ...]]:
    """The cotangents of addends and of stacked matrices from those of the stacked products over all steps."""
    before = dict(zip(loop.states, states, strict=True))
    addends = tuple(d[..., : g.added] if g.added else None for g, d in zip(loop.groups, dz, strict=True))
    matrices = tuple(
        weight_gradient(g.kind, precision, operands[n] if n in operands else before[g.operand], d)
        for n, (g, d) in enumerate(zip(loop.groups, dz, strict=True))
    )
    return addends, matrices

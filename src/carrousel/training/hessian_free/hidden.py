"""What structural damping holds: the pre-activations of a network's hidden units, whatever the cell.

A step may change a recurrent net's outputs little and its hidden units a great deal, and then the quadratic picture of
the loss is no longer true. Martens & Sutskever 2011 add the Gauss-Newton matrix of a distance between the old and the
new hidden units: of the loss that matches the squashing function, so that at a pre-activation a with h = f(a) its
weight is the slope f'(a). The engine gives what a squashing function makes, h, and not what it reads; but
dh = f'(a) da, so the weight f'(a) at a is the weight 1 / f'(a) at h.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import jax.numpy as jnp
from jax import Array, lax
from jaxtyping import Float

from carrousel.engine import plan_cell
from carrousel.layers import Bidirectional, Recurrent

SLOPES: Final[Mapping[Any, Callable[[Array], Array]]] = {
    lax.tanh_p: lambda h: (1 - h) * (1 + h),
    lax.logistic_p: lambda h: h * (1 - h),
}
"""The slope of each squashing function, from what it gives."""


class Hidden(NamedTuple):
    """Values whose change costs something."""

    values: Float[Array, "time batch units"]
    weights: Float[Array, "time batch units"]
    """What the square of each one's change costs; carries no derivative."""


def read_layers(
    layers: Sequence[Recurrent | Bidirectional], xs: Float[Array, "time batch inputs"], **how: Any
) -> tuple[Float[Array, "time batch outputs"], tuple[Hidden, ...]]:
    """Recurrent layers on top of each other: the last one's outputs, and what structural damping holds in all.

    In each layer these are the values that the cell gives a name and that tanh or the logistic function makes (of an
    LSTM i, f, g and o), as if their pre-activations were held; a cell without one is held at its outputs.

    Args:
        layers: from the bottom.
        xs: what the first one reads.
        how: further arguments of `Recurrent.run` for all of them.
    """
    hidden: list[Hidden] = []
    for layer in layers:
        if isinstance(layer, Bidirectional):
            ahead, held = _read(layer.forward, xs, **how)
            behind, more = _read(layer.backward, xs, reverse=True, **how)
            xs, held = jnp.concatenate([ahead, behind], axis=-1), held + more
        else:
            xs, held = _read(layer, xs, **how)
        hidden += held
    return xs, tuple(hidden)


def _read(layer: Recurrent, xs: Array, **how: Any) -> tuple[Array, list[Hidden]]:
    seen = layer.run(xs, named=True, **how)
    found = [Hidden(seen.named[name], _inverse(slope(seen.named[name]))) for name, slope in squashed(layer).items()]
    return seen.outputs, found or [Hidden(seen.outputs, jnp.ones_like(seen.outputs))]


def squashed(layer: Recurrent) -> dict[str, Callable[[Array], Array]]:
    """The named values of a layer's cell that tanh or the logistic function makes, and their slopes."""
    cell = layer.cell.wrapped(layer.wrappers)
    plan = plan_cell(cell, inputs=layer.inputs, hidden=layer.hidden, dtype=layer.dtype, named=True)
    made = {out: op.primitive for op in plan.trace.ops for out in op.outs}
    return {name: SLOPES[made[i]] for name, i in plan.named.items() if made.get(i) in SLOPES}


def _inverse(slope: Array) -> Array:
    """1 / slope; where rounding leaves no slope nothing moves, and the weight is of no account."""
    return lax.stop_gradient(1 / jnp.maximum(slope, jnp.finfo(slope.dtype).eps ** 2))

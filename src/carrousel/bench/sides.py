"""One cell in another library: what it is called there, how it runs, how it takes our letters, whether values agree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from carrousel.bench.timing import Run
from carrousel.cells import find_cell
from carrousel.errors import CarrouselError
from carrousel.layers import Recurrent

Letters = Mapping[str, Any]
"""Our letters by their whole names: `"W.i"`."""
CHECKED: Final = (6, 3, 12)
"""Time, batch and units at which values are compared."""
AGREE: Final = 2e-5
"""Float32 values of a few steps agree to this, relative to 1 + their size."""


class Calls(NamedTuple):
    """A peer at one size."""

    forward: Run
    """Outputs of all steps."""
    backward: Run | None
    """The gradient of the outputs' sum by the parameters, forward included; None where it cannot train."""
    outputs: Callable[[Letters], np.ndarray] | None
    """Its outputs (time, batch, …) with our letters; None where it computes something else."""


class Make(Protocol):
    """Makes a peer at one size."""

    def __call__(self, xs: np.ndarray, hidden: int, *, threads: int) -> Calls:
        """A peer that reads xs (time, batch, inputs)."""


@dataclass(frozen=True, kw_only=True)
class Side:
    """A cell of the catalogue beside another library's."""

    cell: str
    peer: str
    make: Make
    bar: Callable[[int, int], float]
    """What our time may be at most, as a share of the peer's, at (batch, hidden)."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Options of our cell."""
    letters: Callable[[Letters], Letters] = dict
    """Our letters as the peer can have them."""
    differs: str = ""
    """What the peer computes otherwise, where it does."""


def our_layer(side: Side, time: int, batch: int, hidden: int) -> tuple[Recurrent, Any]:
    """Our layer of a cell, and what it reads."""
    cell = find_cell(side.cell).with_options(**side.options)
    xs = jax.random.normal(jax.random.key(1), (time, batch, hidden))
    return Recurrent(cell, inputs=hidden, hidden=hidden, key=jax.random.key(0)), xs


def replaced(layer: Recurrent, letters: Any) -> Recurrent:
    """The layer with other letters."""
    replaced: Recurrent = eqx.tree_at(lambda layer: layer.letters, layer, letters)
    return replaced


def check(side: Side, *, threads: int) -> None:
    """See that the peer gives our values with our letters, or, where it computes something else, our shape.

    Raises:
        CarrouselError: it does not; nothing is timed then.
    """
    time, batch, hidden = CHECKED
    layer, xs = our_layer(side, time, batch, hidden)
    peer = side.make(np.asarray(xs), hidden, threads=threads)
    if peer.outputs is None:
        return
    flat = {f"{space}.{name}": value for space, its in layer.arrays.items() for name, value in its.items()}
    letters = dict(side.letters({name: _telling(value, seed) for seed, (name, value) in enumerate(flat.items())}))
    nested: dict[str, dict[str, Any]] = {}
    for whole in flat:
        space, _, name = whole.partition(".")
        nested.setdefault(space, {})[name] = jnp.asarray(letters[whole], jnp.float32)
    arrays = {space: its for space, its in nested.items() if space in layer.letters}
    ours, theirs = np.asarray(replaced(layer, arrays)(xs)[0]), peer.outputs(letters)
    if ours.shape != theirs.shape or np.max(np.abs(ours - theirs) / (1 + np.abs(theirs))) > AGREE:
        raise CarrouselError(
            f"{side.cell} with its letters in {side.peer} gives other values than ours, so nothing was timed"
        )


def _telling(value: Any, seed: int) -> Any:
    """A letter that starts at zero, as biases do, drawn: zeros would agree wherever a peer adds them."""
    return value if np.any(value) else 0.1 * jax.random.normal(jax.random.key(seed), value.shape)

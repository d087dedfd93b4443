"""How much of a state is left in itself so many steps later: the Jacobian of a state by an earlier one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from carrousel.errors import SettingsError
from carrousel.inspection.backwards import pull_back
from carrousel.inspection.curves import Curve
from carrousel.inspection.keeping import kept_fraction, kept_state
from carrousel.inspection.trace import OLD, LayerTrace
from carrousel.inspection.windows import Windows, choose_windows
from carrousel.layers import Recurrent

EXACT: Final = 256
"""Units up to which the whole Jacobian is made."""
DIRECTIONS: Final = 16
"""Random cotangents in its place above that."""


@dataclass(frozen=True, kw_only=True, eq=False)
class StateFlow:
    """How a state of one layer depends on its own earlier values."""

    state: str
    total: Curve
    """The Jacobian of the state by itself so many steps before, through all paths: the root mean square of its
    singular values, `norm / sqrt(units)`, so that the identity has 1 at every lag."""
    direct: Curve | None
    """The same through what the gate keeps alone, the product of the fraction that the cell's row says survives;
    None for other states than the one that is kept."""
    units: int
    exact: bool
    """Whether the whole Jacobian was made, or random directions of it."""
    directions: int
    """Cotangents that were pulled back from each end point."""
    windows: Windows

    @property
    def words(self) -> str:
        """What was done, in words."""
        how = "exact" if self.exact else f"estimated by {self.directions} random cotangents"
        return f"{how}; {self.windows.words}"

    def as_json(self) -> dict[str, Any]:
        """The flow as plain values."""
        direct = None if self.direct is None else self.direct.as_json()
        return {"state": self.state, "total": self.total.as_json(), "direct": direct, "how": self.words}


def state_flow(
    layer: Recurrent,
    trace: LayerTrace,
    *,
    lags: int | None = None,
    ends: int | None = None,
    exact: int = EXACT,
    directions: int = DIRECTIONS,
    seed: int = 0,
) -> dict[str, StateFlow]:
    """For each state of a layer, the Jacobian by its own earlier values against the lag.

    Args:
        layer: the layer that was traced.
        trace: what it did; all its states must have been kept.
        lags: how many steps back; by default 100, or half of a shorter text.
        ends: end points at most; 32 by default.
        exact: units up to which the whole Jacobian is made.
        directions: random cotangents in its place above that.
        seed: of the random cotangents.

    Raises:
        SettingsError: a state was not kept, or a number that cannot be.
    """
    if directions < 1:
        raise SettingsError(f"directions is a number of random cotangents from 1, not {directions}")
    windows = choose_windows(len(trace.xs), lags=lags, ends=ends)
    reads, states = gathered(trace, windows)
    names = list(trace.cell.signature.states)
    direct = _direct(trace, windows)
    found = {}
    for number, name in enumerate(names):
        units = math.prod(states[number].shape[2:])
        whole = units <= exact
        count = units if whole else directions
        key = jax.random.fold_in(jax.random.key(seed), number)
        logs = _squares(layer, reads, states, number, None if whole else jax.random.split(key, directions))
        sizes = 0.5 * (np.asarray(logs, np.float64) - math.log(units if whole else units * directions))
        found[name] = StateFlow(
            state=name,
            total=Curve(lags=np.arange(windows.lags + 1), log_sizes=_from_one(sizes)),
            direct=direct.get(name),
            units=units,
            exact=whole,
            directions=count,
            windows=windows,
        )
    return found


def came_into(trace: LayerTrace, step: int) -> tuple[Array, ...]:
    """The states that came into a step, with a batch axis of one.

    Raises:
        SettingsError: a state was not kept.
    """
    _see_kept(trace)
    return tuple(jnp.asarray(trace.values[s + OLD][step : step + 1]) for s in trace.cell.signature.states)


def gathered(trace: LayerTrace, windows: Windows) -> tuple[tuple[Array, dict[str, Array]], tuple[Array, ...]]:
    """What the steps of the windows read, and the states that came into them, (steps, ends, …), the last step first.

    Raises:
        SettingsError: a state was not kept.
    """
    _see_kept(trace)
    steps = windows.steps
    reads = jnp.asarray(trace.xs[steps]), {name: jnp.asarray(a[steps]) for name, a in trace.further.items()}
    return reads, tuple(jnp.asarray(trace.values[s + OLD][steps]) for s in trace.cell.signature.states)


def _see_kept(trace: LayerTrace) -> None:
    missing = [s for s in trace.cell.signature.states if s + OLD not in trace.values]
    if missing:
        raise SettingsError(f"the trace did not keep {missing[0]}{OLD}, which gradients start from; ask for it by keep")


@eqx.filter_jit
def _squares(layer: Recurrent, reads: Any, states: tuple[Array, ...], number: int, keys: Array | None) -> Array:
    """Logarithms of the squared norm of the Jacobian of one state by itself, (steps, ends)."""
    one_step = layer.stepper()

    def step(read: tuple[Array, Mapping[str, Array]], state: tuple[Array, ...]) -> tuple[Array, ...]:
        x, further = read
        new: tuple[Array, ...] = one_step(x, state, tuple(further[n] for n in layer.cell.signature.inputs))[1]
        return new

    ends, shape = states[number].shape[1], states[number].shape[2:]
    if keys is None:
        basis = jnp.eye(math.prod(shape), dtype=states[number].dtype).reshape(-1, *shape)
    else:
        basis = jax.vmap(lambda key: jax.random.rademacher(key, shape, states[number].dtype))(keys)
    start = tuple(
        jnp.broadcast_to(basis[:, None], (len(basis), ends, *shape))
        if n == number
        else jnp.zeros((len(basis), *s.shape[1:]), s.dtype)
        for n, s in enumerate(states)
    )
    sizes: Array = pull_back(step, reads, states, start)[number]
    return sizes


def _direct(trace: LayerTrace, windows: Windows) -> dict[str, Curve]:
    """The product of what is kept, root mean square over the units."""
    kept, state = kept_fraction(trace), kept_state(trace.plan)
    if kept is None or state is None:
        return {}
    with np.errstate(divide="ignore"):
        logs = np.cumsum(np.log(np.asarray(kept, np.float64)[windows.steps]), axis=0)
        sizes = 0.5 * (np.logaddexp.reduce(2 * logs, axis=-1) - math.log(logs.shape[-1]))
    return {state: Curve(lags=np.arange(windows.lags + 1), log_sizes=_from_one(sizes))}


def _from_one(sizes: np.ndarray) -> np.ndarray:
    """(ends, 1 + steps) with the identity at lag 0."""
    return np.concatenate([np.zeros((1, sizes.shape[1])), sizes]).T

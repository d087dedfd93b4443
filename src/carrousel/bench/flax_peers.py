"""The recurrent cells of flax.nnx under its own RNN, compiled as ours are, with our letters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np

from carrousel.bench.sides import Calls, Letters, Side
from carrousel.errors import require

ALLOWED: Final = 1 / 1.1

Fill = Callable[[Letters], dict[str, np.ndarray]]


def flax_sides() -> list[Side]:
    """Every recurrent cell that flax.nnx has beside its convolutions."""
    return [
        Side(
            cell=cell,
            peer=f"flax.nnx {name}",
            make=partial(_calls, name),
            bar=lambda batch, hidden: ALLOWED,  # noqa: ARG005 - one for all sizes
            letters=_without_further_bias,
        )
        for name, (cell, _) in CELLS.items()
    ]


def _gatewise(letters: Letters) -> dict[str, np.ndarray]:
    """The LSTM that has a layer a gate."""
    made = {}
    for gate in "ifgo":
        name = "if_" if gate == "f" else f"i{gate}"
        made[f"{name}.kernel"] = np.asarray(letters[f"W.{gate}"]).T
        made[f"h{gate}.kernel"] = np.asarray(letters[f"U.{gate}"]).T
        made[f"h{gate}.bias"] = np.asarray(letters[f"b.{gate}"])
    return made


def _stacked(gates: str, biased: str) -> Fill:
    """A cell with one layer for the input and one for the state."""

    def fill(letters: Letters) -> dict[str, np.ndarray]:
        w, u, b = (np.concatenate([np.asarray(letters[f"{s}.{gate}"]) for gate in gates]) for s in "WUb")
        return {"dense_i.kernel": w.T, "dense_h.kernel": u.T, f"{biased}.bias": b}

    return fill


CELLS: Final[Mapping[str, tuple[str, Fill]]] = MappingProxyType(
    {
        "LSTMCell": ("lstm", _gatewise),
        "OptimizedLSTMCell": ("lstm", _stacked("ifgo", "dense_h")),
        "GRUCell": ("gru", _stacked("rzn", "dense_i")),
        "SimpleCell": ("elman", _stacked("h", "dense_i")),
    }
)
"""flax's name -> ours, and how its parameters are made of our letters."""


def _without_further_bias(letters: Letters) -> Letters:
    """The GRU there has no bias beside its recurrent product."""
    return {name: np.zeros_like(value) if name == "b.hn" else value for name, value in letters.items()}


def _calls(name: str, xs: np.ndarray, hidden: int, *, threads: int) -> Calls:
    del threads  # it runs where ours does
    nnx = require("flax.nnx", extra="bench")
    cell = getattr(nnx, name)(xs.shape[-1], hidden, rngs=nnx.Rngs(0))
    layer = nnx.RNN(cell, time_major=True, rngs=False)
    form, parameters, rest = nnx.split(layer, nnx.Param, ...)
    zero = jnp.zeros((xs.shape[1], hidden))
    carry = (zero, zero) if "LSTM" in name else zero
    inputs = jnp.asarray(xs)

    def run(parameters: Any, inputs: Any) -> Any:
        return nnx.merge(form, parameters, rest)(inputs, initial_carry=carry)

    forward, backward = jax.jit(run), jax.jit(jax.grad(lambda parameters, inputs: jnp.sum(run(parameters, inputs))))

    def outputs(letters: Letters) -> np.ndarray:
        values = CELLS[name][1](letters)
        filled = jax.tree_util.tree_map_with_path(
            lambda path, leaf: jnp.asarray(values[_name(path)].reshape(leaf.shape)), parameters
        )
        return np.asarray(forward(filled, inputs))

    return Calls(
        lambda: jax.block_until_ready(forward(parameters, inputs)),
        lambda: jax.block_until_ready(backward(parameters, inputs)),
        outputs,
    )


def _name(path: tuple[Any, ...]) -> str:
    """`hi.kernel` of a path in flax's state."""
    words = [str(getattr(part, "key", getattr(part, "name", ""))) for part in path]
    return ".".join(word for word in words if word not in {"", "cell", "value"})

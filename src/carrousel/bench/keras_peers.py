"""The recurrent layers of Keras on its JAX backend, compiled as ours are, with our letters."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np

from carrousel.bench.sides import Calls, Letters, Side
from carrousel.errors import CarrouselError, require

ALLOWED: Final = 1 / 1.1
CELLS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {"LSTM": ("lstm", "ifgo"), "GRU": ("gru", "zrn"), "SimpleRNN": ("elman", "h")}
)
"""Keras's name -> ours, and our gates in the order in which they stand in its matrices."""


def keras_sides() -> list[Side]:
    """Every recurrent layer that Keras has beside its convolutions."""
    return [
        Side(
            cell=cell,
            peer=f"keras {name}",
            make=partial(_calls, name),
            bar=lambda batch, hidden: ALLOWED,  # noqa: ARG005 - one for all sizes
        )
        for name, (cell, _) in CELLS.items()
    ]


def keras_weights(name: str, letters: Letters) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Kernel (inputs, gates x units), recurrent kernel and bias of our letters.

    The GRU, whose reset gate comes after the recurrent product, has a bias a product: (2, gates x units).
    """
    _, gates = CELLS[name]
    w, u, b = (np.concatenate([np.asarray(letters[f"{space}.{gate}"]) for gate in gates]) for space in "WUb")
    if name == "GRU":
        own = np.concatenate([np.asarray(letters.get(f"b.h{gate}", np.zeros(len(b) // 3, b.dtype))) for gate in gates])
        b = np.stack([b, own])
    return w.T, u.T, b


def _keras() -> Any:
    """Keras, which asks once, when it is imported, what it runs on.

    Raises:
        CarrouselError: it was imported before and runs on something else.
    """
    os.environ.setdefault("KERAS_BACKEND", "jax")
    keras = require("keras", extra="bench")
    if keras.backend.backend() != "jax":
        raise CarrouselError(f"Keras is to run on jax, got {keras.backend.backend()}; set KERAS_BACKEND=jax")
    return keras


def _calls(name: str, xs: np.ndarray, hidden: int, *, threads: int) -> Calls:
    del threads  # it runs where ours does
    layer = getattr(_keras().layers, name)(hidden, return_sequences=True)
    inputs = jnp.asarray(xs).swapaxes(0, 1)
    layer.build(inputs.shape)
    trained, others = ([v.value for v in which] for which in (layer.trainable_variables, layer.non_trainable_variables))

    def run(trained: Any, inputs: Any) -> Any:
        return layer.stateless_call(trained, others, inputs)[0]

    forward, backward = jax.jit(run), jax.jit(jax.grad(lambda trained, inputs: jnp.sum(run(trained, inputs))))

    def outputs(letters: Letters) -> np.ndarray:
        return np.asarray(forward([jnp.asarray(w) for w in keras_weights(name, letters)], inputs)).swapaxes(0, 1)

    return Calls(
        lambda: jax.block_until_ready(forward(trained, inputs)),
        lambda: jax.block_until_ready(backward(trained, inputs)),
        outputs,
    )

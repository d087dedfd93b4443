"""Layers that pass their inputs on beside what they make of them: residual and highway connections."""

from typing import Any, Generic

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Float, Int, Key

from carrousel.errors import ShapeError
from carrousel.layers.stack import AnyLayer


class Residual(eqx.Module, Generic[AnyLayer]):
    """A layer whose inputs are added to its outputs (He et al. 2016; Wu et al. 2016)."""

    layer: AnyLayer

    @property
    def outputs(self) -> int:
        """The size of the output, which is that of the input too."""
        return self.layer.outputs

    def start_state(self, batch: int) -> Any:
        """The layer's state before the first step."""
        return self.layer.start_state(batch)

    def __call__(
        self,
        xs: Float[Array, "time batch outputs"],
        state: Any = None,
        *,
        lengths: Int[Array, " batch"] | None = None,
        **how: Any,
    ) -> tuple[Float[Array, "time batch outputs"], Any]:
        """Run the layer and add what it read; arguments as for the layer.

        Raises:
            ShapeError: inputs and outputs differ in size.
        """
        _check_sizes("residual", xs, self.outputs)
        ys, state = self.layer(xs, state, lengths=lengths, **how)
        return ys + _within(xs, lengths), state


class Highway(eqx.Module, Generic[AnyLayer]):
    """A layer with a gate T of the input: T · layer(x) + (1 - T) · x (Srivastava, Greff & Schmidhuber 2015)."""

    layer: AnyLayer
    weight: Float[Array, "outputs outputs"]
    bias: Float[Array, " outputs"]

    def __init__(self, layer: AnyLayer, *, key: Key[Array, ""], bias: float = -1.0, dtype: Any = jnp.float32) -> None:
        """Draw the gate.

        Args:
            layer: what the gate lets through; its inputs have the size of its outputs.
            key: a random key.
            bias: starting bias of the gate; below 0 the input is passed on at first.
            dtype: float32 or float64.
        """
        self.layer = layer
        self.weight = jax.nn.initializers.glorot_uniform()(key, (layer.outputs, layer.outputs), dtype)
        self.bias = jnp.full(layer.outputs, bias, dtype)

    @property
    def outputs(self) -> int:
        """The size of the output, which is that of the input too."""
        return self.layer.outputs

    def start_state(self, batch: int) -> Any:
        """The layer's state before the first step."""
        return self.layer.start_state(batch)

    def __call__(
        self,
        xs: Float[Array, "time batch outputs"],
        state: Any = None,
        *,
        lengths: Int[Array, " batch"] | None = None,
        **how: Any,
    ) -> tuple[Float[Array, "time batch outputs"], Any]:
        """Run the layer and mix what it read with what it made; arguments as for the layer.

        Raises:
            ShapeError: inputs and outputs differ in size.
        """
        _check_sizes("highway", xs, self.outputs)
        ys, state = self.layer(xs, state, lengths=lengths, **how)
        xs = _within(xs, lengths)
        return xs + jax.nn.sigmoid(xs @ self.weight.T + self.bias) * (ys - xs), state


def _within(xs: Array, lengths: Array | None) -> Array:
    """The inputs, zero past each sequence's length."""
    if lengths is None:
        return xs
    return jnp.where((jnp.arange(xs.shape[0])[:, None] < lengths)[..., None], xs, 0)


def _check_sizes(name: str, xs: Array, outputs: int) -> None:
    if xs.shape[-1] != outputs:
        raise ShapeError(
            f"a {name} layer passes its inputs on, so they have the size of its outputs, {outputs}, got {xs.shape}"
        )

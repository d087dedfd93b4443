"""A network over sequences of numbers or of symbols: recurrent layers, and a linear map of their outputs."""

from collections.abc import Callable, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Bool, Float, Int, Key

from carrousel.engine import Cell, Start, Wrapper
from carrousel.errors import SettingsError, ShapeError
from carrousel.layers import Bidirectional, Recurrent, Stack

States = tuple[Any, ...]


class SequenceModel(eqx.Module):
    """Any cell over vectors or one-hot symbols; what it says at each step is linear in the last layer's outputs."""

    stack: Stack[Any]
    readout: Float[Array, "features outputs"]
    bias: Float[Array, " outputs"] | None
    direct: Float[Array, "inputs outputs"] | None
    """From the inputs past the layers, where wanted."""
    inputs: int = eqx.field(static=True)
    """Features of a step, or number of symbols."""

    def __init__(
        self,
        cell: str | Cell | Callable[..., Any],
        *,
        inputs: int,
        outputs: int,
        hidden: int,
        key: Key[Array, ""],
        layers: int = 1,
        bidirectional: bool = False,
        direct: bool = False,
        biased: bool = True,
        start: Start | None = None,
        wrappers: Sequence[Wrapper] = (),
        dropout: float = 0.0,
        scale: float | None = None,
        dtype: Any = jnp.float32,
    ) -> None:
        """Draw a network.

        Args:
            cell: a name of the catalogue, a Cell, or a function in the language of cells.
            inputs: features of a step, or number of symbols.
            outputs: numbers that it gives at a step, or classes.
            hidden: the hidden size of a layer, in each direction.
            key: a random key.
            layers: recurrent layers on top of each other.
            bidirectional: whether each layer reads from both ends.
            direct: whether the inputs act on the outputs too.
            biased: whether the outputs have biases.
            start: how the cells' letters start; by default as the cell's row says.
            wrappers: what changes the cells' step, the innermost first.
            dropout: the fraction left out between the layers and after the last.
            scale: the read-out is uniform in ±scale; by default Glorot & Bengio 2010.
            dtype: float32 or float64.

        Raises:
            SettingsError: a size that cannot be.
            CellError: there is no such cell, or it does not fit the sizes.
        """
        for name, value in {"inputs": inputs, "outputs": outputs, "hidden": hidden, "layers": layers}.items():
            if value < 1:
                raise SettingsError(f"{name} is at least 1, got {value}")
        of_stack, of_readout, of_direct = jax.random.split(key, 3)
        made: list[Recurrent | Bidirectional] = []
        for place in range(layers):
            size, own = (made[-1].outputs if made else inputs), jax.random.fold_in(of_stack, place)
            how: dict[str, Any] = {"inputs": size, "hidden": hidden, "start": start, "wrappers": wrappers}
            ways = [Recurrent(cell, key=k, dtype=dtype, **how) for k in jax.random.split(own, 1 + bidirectional)]
            made.append(Bidirectional(*ways) if bidirectional else ways[0])
        self.stack = Stack(made, dropout=[0.0, *[dropout] * layers])
        features = self.stack.outputs
        self.readout = _matrix(of_readout, features, outputs, scale, dtype)
        self.direct = _matrix(of_direct, inputs, outputs, scale, dtype) if direct else None
        self.bias = jnp.zeros(outputs, dtype) if biased else None
        self.inputs = inputs

    @property
    def outputs(self) -> int:
        """Numbers that it gives at a step."""
        return int(self.readout.shape[1])

    @property
    def layers(self) -> tuple[Any, ...]:
        """The recurrent layers, from the bottom."""
        return self.stack.layers

    def start_state(self, batch: int) -> States:
        """The state before the first step, batch axis first: one entry a layer."""
        return self.stack.start_state(batch)

    def __call__(
        self,
        xs: Float[Array, "time batch inputs"] | Int[Array, "time batch"],
        state: States | None = None,
        *,
        times: Float[Array, "time batch"] | None = None,
        lengths: Int[Array, " batch"] | None = None,
        resets: Bool[Array, "time batch"] | None = None,
        key: Key[Array, ""] | None = None,
        precision: str = "float32",
    ) -> tuple[Float[Array, "time batch outputs"], States]:
        """What the network says at every step, and its last state.

        Args:
            xs: features, or symbols by number.
            state: the state of each layer; that of `start_state` by default.
            times: when each step happens, for cells that read one further input.
            lengths: the length of each sequence; past it the network says its biases alone.
            resets: true where the state starts afresh before the step.
            key: a random key in training, for dropout and wrappers; None turns them off.
            precision: `float32` or `mixed`.

        Raises:
            ShapeError: the features are not as many as the network reads, or the cells' further input is missing.
        """
        xs = self.features(xs)
        how: dict[str, Any] = {"inputs": self.further(times), "lengths": lengths, "resets": resets, "key": key}
        how["precision"] = precision
        ys, state = self.stack(xs, state, **how)
        return self.answers(ys, xs), state

    def features(
        self, xs: Float[Array, "time batch inputs"] | Int[Array, "time batch"]
    ) -> Float[Array, "time batch inputs"]:
        """What the first layer reads: features in the network's own precision, symbols as vectors with a single 1."""
        if jnp.issubdtype(xs.dtype, jnp.integer):
            return jax.nn.one_hot(xs, self.inputs, dtype=self.readout.dtype)
        if xs.shape[-1] != self.inputs:
            raise ShapeError(f"xs must be (time, batch, inputs={self.inputs}), got {xs.shape}")
        return xs.astype(self.readout.dtype)

    def answers(
        self, ys: Float[Array, "time batch features"], xs: Float[Array, "time batch inputs"]
    ) -> Float[Array, "time batch outputs"]:
        """What the network says where its last layer gives `ys` and its first reads `xs`."""
        out = ys @ self.readout
        if self.direct is not None:
            out = out + xs @ self.direct
        return out if self.bias is None else out + self.bias

    def further(self, times: Array | None) -> dict[str, Array] | None:
        """The times under the name that the cells have for them; cells that read none are not told."""
        layer = self.layers[0]
        names = list((layer.forward if isinstance(layer, Bidirectional) else layer).cell.signature.inputs)
        if not names:
            return None
        if times is None or len(names) > 1:
            raise ShapeError(f"the cells read {', '.join(names)} at every step beside x, and only times can be given")
        return {names[0]: times}


def _matrix(key: Array, rows: int, columns: int, scale: float | None, dtype: Any) -> Array:
    reach = (6 / (rows + columns)) ** 0.5 if scale is None else scale
    return jax.random.uniform(key, (rows, columns), dtype, -reach, reach)

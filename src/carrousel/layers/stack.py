"""Layers on top of each other, with dropout on the connections between them."""

from collections.abc import Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

import equinox as eqx
import jax
from jax import Array
from jaxtyping import Bool, Float, Int, Key

from carrousel.errors import SettingsError
from carrousel.layers.dropout import MASKS, Masks, check_rate, dropped


@runtime_checkable
class Layer(Protocol):
    """What a stack is made of: `Recurrent`, `Bidirectional`, or a stack again."""

    @property
    def outputs(self) -> int:
        """The size of the output."""

    def start_state(self, batch: int) -> Any:
        """The state before the first step, batch axis first."""

    def __call__(
        self,
        xs: Array,
        state: Any = None,
        *,
        lengths: Array | None = None,
        resets: Array | None = None,
        key: Array | None = None,
        precision: str = "float32",
    ) -> tuple[Array, Any]:
        """Outputs (time, batch, outputs) and the last state; a key is given in training only."""


AnyLayer = TypeVar("AnyLayer", bound=Layer)


class Stack(eqx.Module, Generic[AnyLayer]):
    """Layers on top of each other: each reads the outputs of the one below.

    Dropout acts on the vertical connections, before every layer and after the last, never on the recurrent path
    (Zaremba, Sutskever & Vinyals 2014); with masks of a whole sequence it is the variational dropout of Gal &
    Ghahramani 2016 on these connections.
    """

    layers: tuple[AnyLayer, ...]
    dropout: tuple[float, ...] = eqx.field(static=True)
    """The fraction left out on each connection, from the bottom: one more than there are layers."""
    masks: Masks = eqx.field(static=True)

    def __init__(
        self, layers: Sequence[AnyLayer], *, dropout: float | Sequence[float] = 0.0, masks: Masks = "step"
    ) -> None:
        """Put layers on top of each other.

        Args:
            layers: from the bottom.
            dropout: one rate for all connections, or one a connection: before each layer, and after the last.
            masks: `step` draws a dropout mask for every step, `sequence` one for all steps of a sequence.

        Raises:
            SettingsError: no layers, a rate that cannot be, or another number of rates than connections.
        """
        if not layers:
            raise SettingsError("a stack has at least one layer, and got none")
        if masks not in MASKS:
            raise SettingsError(f"masks is one of {', '.join(MASKS)}, not {masks!r}")
        connections = len(layers) + 1
        rates = [dropout] * connections if isinstance(dropout, int | float) else list(dropout)
        if len(rates) != connections:
            raise SettingsError(f"{len(layers)} layers have {connections} connections, got {len(rates)} dropout rates")
        self.layers, self.masks = tuple(layers), masks
        self.dropout = tuple(float(check_rate(rate)) for rate in rates)

    @property
    def outputs(self) -> int:
        """The size of the output."""
        return self.layers[-1].outputs

    def start_state(self, batch: int) -> tuple[Any, ...]:
        """The state of each layer before the first step, batch axis first."""
        return tuple(layer.start_state(batch) for layer in self.layers)

    def __call__(
        self,
        xs: Float[Array, "time batch inputs"],
        state: tuple[Any, ...] | None = None,
        *,
        inputs: Mapping[str, Array] | None = None,
        lengths: Int[Array, " batch"] | None = None,
        resets: Bool[Array, "time batch"] | None = None,
        mask: Bool[Array, "time batch"] | None = None,
        key: Key[Array, ""] | None = None,
        precision: str = "float32",
    ) -> tuple[Float[Array, "time batch outputs"], tuple[Any, ...]]:
        """Run all layers over time.

        Args:
            xs: the inputs.
            state: the state of each layer; that of `start_state` by default.
            inputs: the further inputs of the cells by name, (time, batch, …) each; every layer reads them.
            lengths: the length of each sequence; outputs past it are zero.
            resets: true where the state starts afresh before the step.
            mask: false where all layers leave a step out: their states stay and their outputs are zero.
            key: a random key in training, for dropout and for what the layers draw; None turns all of it off.
            precision: `float32` or `mixed`.

        Returns:
            The outputs of the last layer, and the last state of each.
        """
        state = self.start_state(xs.shape[1]) if state is None else state
        how: dict[str, Any] = {"lengths": lengths, "resets": resets, "precision": precision}
        how |= {name: value for name, value in {"inputs": inputs, "mask": mask}.items() if value is not None}
        last = []
        for place, layer in enumerate(self.layers):
            xs = self._dropped(xs, place, key)
            own = None if key is None else jax.random.fold_in(key, len(self.layers) + 1 + place)
            xs, end = layer(xs, state[place], key=own, **how)
            last.append(end)
        return self._dropped(xs, len(self.layers), key), tuple(last)

    def _dropped(self, xs: Array, place: int, key: Array | None) -> Array:
        if key is None:
            return xs
        return dropped(xs, self.dropout[place], key=jax.random.fold_in(key, place), masks=self.masks)

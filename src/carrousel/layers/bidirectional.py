"""Two layers over the same sequences, one from each end."""

from collections.abc import Mapping
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Bool, Float, Int, Key

from carrousel.layers.recurrent import Recurrent


class Bidirectional(eqx.Module):
    """One layer from the start of each sequence, one from its end, outputs side by side (Schuster & Paliwal 1997)."""

    forward: Recurrent
    backward: Recurrent

    @property
    def outputs(self) -> int:
        """The size of the output: the sum of the two."""
        return self.forward.outputs + self.backward.outputs

    def start_state(self, batch: int) -> tuple[Any, Any]:
        """The states of both before their first step."""
        return self.forward.start_state(batch), self.backward.start_state(batch)

    def __call__(
        self,
        xs: Float[Array, "time batch inputs"],
        state: tuple[Any, Any] | None = None,
        *,
        inputs: Mapping[str, Array] | None = None,
        lengths: Int[Array, " batch"] | None = None,
        resets: Bool[Array, "time batch"] | None = None,
        mask: Bool[Array, "time batch"] | None = None,
        key: Key[Array, ""] | None = None,
        precision: str = "float32",
    ) -> tuple[Float[Array, "time batch outputs"], tuple[Any, Any]]:
        """Run both over time.

        Args:
            xs: the inputs.
            state: the states of both; those of `start_state` by default.
            inputs: the further inputs of the cells by name, (time, batch, …) each.
            lengths: the length of each sequence: the backward layer starts at its own end.
            resets: true where a state starts afresh before the step; each layer in its own direction.
            mask: false where both leave a step out: their states stay and their outputs are zero.
            key: a random key in training, for what the layers' wrappers draw.
            precision: `float32` or `mixed`.

        Returns:
            The outputs, those of the forward layer first, and the last states: the forward layer's after the last step,
            the backward layer's after the first.
        """
        first, second = self.start_state(xs.shape[1]) if state is None else state
        how: dict[str, Any] = {
            "inputs": inputs,
            "lengths": lengths,
            "resets": resets,
            "mask": mask,
            "precision": precision,
        }
        keys = (None, None) if key is None else jax.random.split(key)
        ahead, first = self.forward(xs, first, key=keys[0], **how)
        behind, second = self.backward(xs, second, reverse=True, key=keys[1], **how)
        return jnp.concatenate([ahead, behind], axis=-1), (first, second)

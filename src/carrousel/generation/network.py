"""What generation and evaluation ask of a model, whatever kind it is."""

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

from jax import Array

from carrousel.engine import Storage

States = tuple[Any, ...]
"""What a model remembers of the words before, one stream beside the other: arrays with the batch axis first."""


@runtime_checkable
class Network(Protocol):
    """A model that reads words, one after the other, and knows what may come next.

    Words are whole numbers below `vocabulary`. All of it can be compiled. Recurrent networks, networks with a fixed
    window and n-gram models are all of this form; they differ in what they remember.
    """

    @property
    def vocabulary(self) -> int:
        """The number of words."""

    @property
    def reach(self) -> int | None:
        """Words before the next one that tell it; None where a state carries what it may of all of them."""

    def start_state(self, batch: int) -> States:
        """The state before the first word."""

    def run(
        self,
        tokens: Array,
        state: States | None = None,
        *,
        lengths: Array | None = None,
        resets: Array | None = None,
        precision: str = "float32",
    ) -> tuple[Array, States]:
        """Read words (time, batch): what the next word is told from after each (time, batch, …), and the last state.

        Args:
            tokens: the words.
            state: what comes in; by default the start state.
            lengths: (batch,) of each stream; its state is the one at it.
            resets: (time, batch) true where the state starts afresh before the word is read.
            precision: `float32` or `mixed`.
        """

    def losses(
        self,
        tokens: Array,
        targets: Array,
        state: States | None = None,
        *,
        resets: Array | None = None,
        precision: str = "float32",
    ) -> tuple[Array, States]:
        """The negative log-likelihood of each target (time, batch), in nats, and the state after the last word."""

    def log_probabilities(self, outputs: Array) -> Array:
        """The natural logarithm of every next word's probability (time, batch, vocabulary), from what `run` gave."""

    def stepper(self) -> Callable[[Array, States], tuple[Array, States]]:
        """A function of (tokens (batch,), state) to (logits (batch, vocabulary), state)."""


@runtime_checkable
class Narrowing(Protocol):
    """A model that may be run on weights kept in fewer bytes, or packed for several streams."""

    def ready_stepper(
        self, storage: Storage | None, *, streams: int = 1
    ) -> Callable[[Array, States], tuple[Array, States]]:
        """What `Network.stepper` gives, with the matrices kept so; None leaves their numbers as they are."""

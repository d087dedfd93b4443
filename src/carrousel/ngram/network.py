"""An n-gram model in the form of a network: what it remembers is the words that it looks back on."""

from collections.abc import Callable
from typing import Any, Final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jaxtyping import Bool, Float, Float32, Int, Integer

from carrousel.ngram.model import NgramModel

NOTHING: Final = -1
"""Stands in a history where no word came before."""

State = tuple[Any, ...]


class NgramNetwork(eqx.Module):
    """An n-gram model that is asked as a network is.

    Its tables stay where they are, in memory or mapped from the disk: compiled code calls back for what they say.
    """

    model: NgramModel = eqx.field(static=True)

    @property
    def vocabulary(self) -> int:
        """The number of words."""
        return self.model.size

    @property
    def reach(self) -> int:
        """Words before the next one that tell it."""
        return self.model.order - 1

    def start_state(self, batch: int) -> State:
        """The state before the first word: histories (batch, order - 1) without a word."""
        return (jnp.full((batch, self.model.order - 1), NOTHING, jnp.int32),)

    def run(
        self,
        tokens: Int[Array, "time batch"],
        state: State | None = None,
        *,
        lengths: Int[Array, " batch"] | None = None,
        resets: Bool[Array, "time batch"] | None = None,
        precision: str = "float32",
    ) -> tuple[Int[Array, "time batch before"], State]:
        """Read words: the history behind each, and the last state.

        Args:
            tokens: words by their numbers.
            state: what comes in.
            lengths: the length of each stream; its state is the one at it.
            resets: true where the state starts afresh before the word is read.
            precision: changes nothing; an n-gram model multiplies nothing.
        """
        del precision
        time, batch = tokens.shape
        afresh = jnp.zeros((time, batch), bool) if resets is None else resets
        last = jnp.full(batch, time) if lengths is None else lengths
        read = jnp.arange(time)[:, None] < last

        def step(before: Array, given: tuple[Array, Array, Array]) -> tuple[Array, Array]:
            token, anew, counts = given
            known = jnp.where(anew[:, None], NOTHING, before)
            behind = jnp.where(counts[:, None], _with(known, token), before)
            return behind, behind

        (before,) = self.start_state(batch) if state is None else state
        after, histories = lax.scan(step, before, (tokens, afresh, read))
        return histories, (after,)

    def losses(
        self,
        tokens: Int[Array, "time batch"],
        targets: Int[Array, "time batch"],
        state: State | None = None,
        *,
        resets: Bool[Array, "time batch"] | None = None,
        precision: str = "float32",
    ) -> tuple[Float[Array, "time batch"], State]:
        """The negative log-likelihood of each target in nats, and the state after; arguments as for `run`."""
        histories, after = self.run(tokens, state, resets=resets, precision=precision)
        shape = jax.ShapeDtypeStruct(targets.shape, jnp.float32)
        return -jax.pure_callback(self._logs, shape, histories, targets), after

    def log_probabilities(self, outputs: Int[Array, "*shape before"]) -> Float[Array, "*shape vocabulary"]:
        """The natural logarithm of every next word's probability behind histories, which `run` gives."""
        shape = jax.ShapeDtypeStruct((*outputs.shape[:-1], self.vocabulary), jnp.float32)
        return jax.pure_callback(self._next_logs, shape, outputs)

    def stepper(self) -> Callable[[Array, State], tuple[Array, State]]:
        """A function of (tokens (batch,), state) to (logarithms of probabilities (batch, vocabulary), state)."""

        def step(tokens: Array, state: State) -> tuple[Array, State]:
            histories = _with(state[0], tokens)
            return self.log_probabilities(histories), (histories,)

        return step

    def _logs(
        self, histories: Integer[Any, "*shape before"], targets: Integer[Any, "*shape"]
    ) -> Float32[np.ndarray, "*shape"]:
        """Histories are of different lengths at the start of a text only; all of one length are asked for at once."""
        grams = np.concatenate([np.asarray(histories), np.asarray(targets)[..., None]], axis=-1)
        rows = grams.reshape(-1, grams.shape[-1])
        widths = (rows != NOTHING).sum(axis=1)
        logs = np.empty(len(rows), np.float32)
        for width in np.unique(widths):
            logs[widths == width] = self.model.ask(rows[widths == width, -width:])
        return logs.reshape(targets.shape)

    def _next_logs(self, histories: Integer[Any, "*shape before"]) -> Float32[np.ndarray, "*shape vocabulary"]:
        known = np.asarray(histories)
        logs = np.empty((*known.shape[:-1], self.vocabulary), np.float32)
        for place in np.ndindex(known.shape[:-1]):
            history = known[place]
            logs[place] = self.model.next_log_probabilities(history[history != NOTHING])
        return logs


def _with(before: Array, tokens: Array) -> Array:
    """Histories with a word more, and without the first."""
    return jnp.concatenate([before, tokens[:, None]], axis=1)[:, 1:]

"""The programs that draw words from a model, as functions of arrays alone in a fixed order.

What a network's class holds beside arrays is no argument but a part of the program, so that what was compiled for one
model serves every model of its form, and can be kept for the next process. An argument that is not used stays one.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from carrousel.engine import Storage
from carrousel.generation.choice import choose
from carrousel.generation.network import Narrowing
from carrousel.sampling import CHUNK, Choice, State


class Rest(NamedTuple):
    """A network or a function but for its arrays: what programs are compiled for."""

    structure: Any
    leaves: tuple[Any, ...]

    def whole(self, arrays: Sequence[Array]) -> Any:
        """The same with these arrays."""
        remaining = iter(arrays)
        return jax.tree.unflatten(self.structure, [next(remaining) if leaf is _ARRAY else leaf for leaf in self.leaves])


_ARRAY: Final = object()
"""Where an array stood."""


def parted(whole: Any) -> tuple[list[Array], Rest]:
    """The arrays of a network or a function, and the rest of it."""
    leaves, structure = jax.tree.flatten(whole)
    rest = Rest(structure, tuple(_ARRAY if eqx.is_array(leaf) else leaf for leaf in leaves))
    return [leaf for leaf in leaves if eqx.is_array(leaf)], rest


class Step(eqx.Module):
    """A model's step from (words, state) to (logits, state), with all done that needs no word."""

    arrays: list[Array]
    """The matrices stacked, turned, and rounded where the settings say so."""
    rest: Rest = eqx.field(static=True)

    def __call__(self, last: Array, state: list[Array]) -> tuple[Array, list[Array]]:
        """The logits of the next word, and the state after this one."""
        logits, after = self.rest.whole(self.arrays)(last, state)
        return logits, after


@partial(jax.jit, static_argnames=("rest",), keep_unused=True)
def read_words(
    arrays: list[Array], words: Array | np.ndarray, lengths: Array | np.ndarray, state: State, *, rest: Rest
) -> list[Array]:
    """The state after words (time, batch), of which `lengths` count."""
    network = rest.whole(arrays)
    structure = jax.tree.structure(network.start_state(1))
    return jax.tree.leaves(network.run(jnp.asarray(words), jax.tree.unflatten(structure, state), lengths=lengths)[1])


@partial(jax.jit, static_argnames=("rest", "samples", "storage"), keep_unused=True)
def prepared_step(
    arrays: list[Array], *, rest: Rest, samples: int, storage: Storage | None
) -> tuple[Step, list[Array]]:
    """The model's step with all that needs no word done, and the state of one stream before the first word.

    What comes out is the same program for each model of one form, so that the loop around it is compiled once.
    """
    network = rest.whole(arrays)
    narrow = isinstance(network, Narrowing)
    step = network.ready_stepper(storage, streams=samples) if narrow else network.stepper()
    begin, structure = jax.tree.flatten(network.start_state(samples))

    def flat(last: Array, state: list[Array]) -> tuple[Array, list[Array]]:
        logits, after = step(last, jax.tree.unflatten(structure, state))
        return logits, jax.tree.leaves(after)

    converted = eqx.filter_closure_convert(flat, jnp.zeros(samples, jnp.int32), begin)
    return Step(*parted(converted)), jax.tree.leaves(network.start_state(1))


@partial(jax.jit, static_argnames=("filters",), keep_unused=True)
def draw_chunk(
    step: Step,
    last: Array | np.ndarray,
    state: State,
    uniform: Array | np.ndarray,
    count: Array | np.ndarray,
    choice: Choice,
    *,
    filters: bool,
) -> Any:
    """`count` words in an array of (CHUNK, samples); then the last word and the state."""

    def one(number: Array, carried: Any) -> Any:
        out, last, state = carried
        logits, state = step(last, state)
        chance = lax.dynamic_index_in_dim(jnp.asarray(uniform), number, keepdims=False)
        last = choose(logits, chance, choice, filters=filters).astype(jnp.int32)
        return lax.dynamic_update_index_in_dim(out, last, number, axis=0), last, state

    return lax.fori_loop(0, count, one, (jnp.zeros((CHUNK, uniform.shape[1]), jnp.int32), last, list(state)))

"""The neural cache: words that followed states like the present one are likely again (Grave, Joulin & Usunier 2017)."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.scipy.special import logsumexp
from jaxtyping import Float32, Int64

from carrousel.evaluation.corpus import Corpus
from carrousel.generation import Network, Passage, Scored, States, excerpts

WINDOW: Final = 256
"""Words looked up at a time."""
NO_WORD: Final = -1
"""Stands in a memory that is not full yet."""


class Memory(NamedTuple):
    """What the cache holds, and where the network is."""

    keys: Array
    """(size, units) states of the network, the latest last."""
    words: Array
    """(size,) the word that followed each."""
    state: States


class NeuralCache(NamedTuple):
    """A word's probability is the share, among the last `size` states h, of those that it followed.

    Each state counts exp(theta · h · h_now), where h is what the network's softmax reads, in one row if it has more
    axes. Before the first word all are equally likely. The cache lives on across ends of sentences.
    """

    network: Network
    theta: float
    size: int
    precision: str = "float32"

    def of(self, model: str) -> str:
        """What to call it; it is of one model."""
        return f"neural cache of {model}, {self.size:,} words, theta {self.theta:g}"

    @property
    def numbers(self) -> dict[str, Any]:
        """What it was made with."""
        return {"kind": "neural", "size": self.size, "theta": self.theta}

    def scored(self, corpus: Corpus) -> Iterator[Scored]:
        """The logarithm of each word's probability, minus infinity for a word that is not in the cache."""
        for places, logs in cache_logs(self.network, corpus, [(self.theta, self.size)], precision=self.precision):
            yield Scored(places, logs[:, 0])

    def distributions(self, corpus: Corpus, *, rows: int) -> Iterator[Array]:
        """The logarithms of all words' probabilities."""
        memory = empty_memory(self.network, self.size)
        for tokens, targets in _pieces(corpus, rows):
            scores, words, memory = _looked_up(self.network, memory, tokens, targets, self.precision)
            yield _spread(scores, words, jnp.float32(self.theta), vocabulary=self.network.vocabulary)


def has_states(network: Network) -> bool:
    """Whether the next word is told from a vector of real numbers, which states can be compared by."""
    outputs, _ = eqx.filter_eval_shape(network.run, jax.ShapeDtypeStruct((1, 1), jnp.int32))
    return bool(jnp.issubdtype(outputs.dtype, jnp.floating))


def cache_logs(
    network: Network, corpus: Corpus, settings: Sequence[tuple[float, int]], *, precision: str = "float32"
) -> Iterator[tuple[Int64[np.ndarray, " words"], Float32[np.ndarray, "words settings"]]]:
    """What caches of one network with several (theta, size) say of each word, from one reading of the text.

    Yields:
        Places, and the natural logarithms of the words' probabilities there.
    """
    thetas = jnp.asarray([theta for theta, _ in settings], jnp.float32)
    sizes = jnp.asarray([size for _, size in settings], jnp.int32)
    memory, begin = empty_memory(network, max(size for _, size in settings)), corpus.first
    for tokens, targets in _pieces(corpus, WINDOW):
        scores, words, memory = _looked_up(network, memory, tokens, targets, precision)
        logs = _of_targets(scores, words, targets, thetas, sizes, vocabulary=network.vocabulary)
        places = np.arange(begin, min(begin + WINDOW, len(corpus.words)))
        yield places, np.asarray(logs.T)[: len(places)]
        begin += WINDOW


def empty_memory(network: Network, size: int) -> Memory:
    """The memory before the first word."""
    state = network.start_state(1)
    outputs, _ = eqx.filter_eval_shape(network.run, jax.ShapeDtypeStruct((1, 1), jnp.int32), state)
    return Memory(jnp.zeros((size, outputs.size), outputs.dtype), jnp.full(size, NO_WORD), state)


def _pieces(corpus: Corpus, window: int) -> Iterator[tuple[Array, Array]]:
    """The words that are read (window, 1), and those that follow them (window,)."""
    passage = Passage(words=corpus.words, context=corpus.end)
    for tokens, targets, _, places in excerpts(passage, spans=corpus.whole, window=window):
        yield jnp.asarray(tokens), jnp.asarray(np.where(places < 0, NO_WORD, targets)[:, 0])


@eqx.filter_jit
def _looked_up(
    network: Network, memory: Memory, tokens: Array, targets: Array, precision: str
) -> tuple[Array, Array, Memory]:
    """The products of the new states (rows) with all that the memory then holds, whose words; the memory after.

    A row's own state stands `size` places behind the oldest that it may look at.
    """
    outputs, state = network.run(tokens, memory.state, precision=precision)
    states = outputs.reshape(len(targets), -1)
    keys = jnp.concatenate([memory.keys, states])
    words = jnp.concatenate([memory.words, targets])
    size = len(memory.words)
    scores = jnp.matmul(states, keys.T, precision=lax.Precision.HIGHEST)
    return scores, words, Memory(keys[-size:], words[-size:], state)


def _weights(scores: Array, words: Array, theta: Array, size: Array | int) -> Array:
    """The logarithms of what each remembered state counts (rows, held); minus infinity outside of the cache."""
    rows, held = scores.shape
    age = held - rows + jnp.arange(rows)[:, None] - jnp.arange(held)
    inside = (age >= 1) & (age <= size) & (words != NO_WORD)
    return jnp.where(inside, theta * scores, -jnp.inf)


@eqx.filter_jit
def _of_targets(scores: Array, words: Array, targets: Array, thetas: Array, sizes: Array, *, vocabulary: int) -> Array:
    alike = words == targets[:, None]

    def one(setting: tuple[Array, Array]) -> Array:
        weights = _weights(scores, words, *setting)
        whole = logsumexp(weights, axis=1)
        logs = logsumexp(jnp.where(alike, weights, -jnp.inf), axis=1) - whole
        return jnp.where(jnp.isneginf(whole), -jnp.log(vocabulary), logs)

    return lax.map(one, (thetas, sizes))


@eqx.filter_jit
def _spread(scores: Array, words: Array, theta: Array, *, vocabulary: int) -> Array:
    weights = _weights(scores, words, theta, len(words) - len(scores))
    whole = logsumexp(weights, axis=1, keepdims=True)
    shares = jnp.where(jnp.isneginf(whole), 0, jnp.exp(weights - whole))
    rows = jnp.zeros((len(scores), vocabulary), shares.dtype).at[:, jnp.maximum(words, 0)].add(shares)
    return jnp.where(jnp.isneginf(whole), -jnp.log(vocabulary), jnp.log(rows))

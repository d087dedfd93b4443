"""What tells the next word of a text, as evaluation asks it: a network as it was trained, and mixtures of others."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol, runtime_checkable

import equinox as eqx
import jax.numpy as jnp
from jax import Array
from jax.scipy.special import logsumexp

from carrousel.evaluation.corpus import Corpus, State
from carrousel.generation import Network, Passage, Scored, States, excerpts, score_words


@runtime_checkable
class Scorer(Protocol):
    """What gives each word of a text a probability, from the words before it."""

    def scored(self, corpus: Corpus) -> Iterator[Scored]:
        """The logarithm of each word's probability, some words at a time."""


@runtime_checkable
class Predictor(Protocol):
    """What gives every word a probability at each place of a text, from the words before it."""

    def distributions(self, corpus: Corpus, *, rows: int) -> Iterator[Array]:
        """The logarithms of all words' probabilities (rows, vocabulary), from the first place that is scored on.

        What fills the last rows behind the end of the text means nothing.
        """


class AsTrained(NamedTuple):
    """A network with the weights that it came with."""

    network: Network
    state: State = "carried"
    streams: int = 1
    precision: str = "float32"

    @property
    def multiple(self) -> int:
        """What the number of rows of a distribution must be a multiple of."""
        return 1

    def scored(self, corpus: Corpus) -> Iterator[Scored]:
        """The logarithm of each word's probability, some words at a time."""
        spans = corpus.spans(self.state, self.streams)
        return score_words(self.network, self._passage(corpus), spans=spans, precision=self.precision)

    def distributions(self, corpus: Corpus, *, rows: int) -> Iterator[Array]:
        """The logarithms of all words' probabilities, read in one stream."""
        memory = self.network.start_state(1)
        for tokens, _, resets, _ in excerpts(self._passage(corpus), spans=corpus.whole, window=rows):
            afresh = None if resets is None else jnp.asarray(resets)
            logs, memory = _distributions(self.network, jnp.asarray(tokens), afresh, memory, self.precision)
            yield logs

    def _passage(self, corpus: Corpus) -> Passage:
        return Passage(words=corpus.words, context=corpus.end, boundary=corpus.end if self.state == "reset" else None)


class Blend(NamedTuple):
    """A weighted sum of the probabilities of others."""

    parts: Sequence[Predictor]
    weights: Sequence[float]

    def distributions(self, corpus: Corpus, *, rows: int) -> Iterator[Array]:
        """The logarithms of all words' probabilities."""
        shares = jnp.log(jnp.asarray(self.weights, jnp.float32))[:, None, None]
        for each in zip(*(part.distributions(corpus, rows=rows) for part in self.parts), strict=True):
            yield _blended(jnp.stack(each), shares)


@eqx.filter_jit
def _distributions(
    network: Network, tokens: Array, resets: Array | None, memory: States, precision: str
) -> tuple[Array, States]:
    outputs, memory = network.run(tokens, memory, resets=resets, precision=precision)
    return network.log_probabilities(outputs)[:, 0], memory


@eqx.filter_jit
def _blended(each: Array, shares: Array) -> Array:
    return logsumexp(each + shares, axis=0)

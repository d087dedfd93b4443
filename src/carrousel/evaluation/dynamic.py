"""Dynamic evaluation: a network goes on learning from the words that it was just asked about (Krause et al. 2018).

A word is scored before anything is learned from it. After each segment of words, one step against its gradient is made
and the weights are drawn back to the trained ones, which themselves stay as they are.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from carrousel.errors import SettingsError
from carrousel.evaluation.corpus import Corpus, Watch, unwatched
from carrousel.evaluation.dynamic_settings import DynamicSettings
from carrousel.generation import Network, Passage, Scored, States, excerpts
from carrousel.layers import trained

RATES: Final[Mapping[str, tuple[float, ...]]] = MappingProxyType(
    {"sgd": (0.01, 0.03, 0.1, 0.3, 1.0, 3.0), "rms": (3e-4, 1e-3, 3e-3, 1e-2)}
)
"""What is tried where no rate is given, on the first words of another text."""
RATE: Final = 0.5
"""The rate of sgd where there is no other text."""
TRIED: Final = 10_000
"""Words of the other text that rates are tried on."""
WINDOW: Final = 320
"""Words of one call of the compiled program, about."""
Weights = Any


class Dynamic(NamedTuple):
    """A network that learns from the text while it is evaluated, its state carried."""

    network: Network
    settings: DynamicSettings
    sizes: Weights = None
    """rms: the root mean square of each weight's gradient, which `gradient_sizes` gives."""
    precision: str = "float32"

    @property
    def multiple(self) -> int:
        """What the number of rows of a distribution must be a multiple of."""
        return self.settings.segment

    def scored(self, corpus: Corpus) -> Iterator[Scored]:
        """The logarithm of each word's probability before it was learned from."""
        segment = self.settings.segment
        for places, nll in self._read(corpus, max(1, WINDOW // segment) * segment, whole=False):
            yield Scored(places[places >= 0], -np.asarray(nll, np.float32)[places >= 0])

    def distributions(self, corpus: Corpus, *, rows: int) -> Iterator[Array]:
        """The logarithms of all words' probabilities; `rows` is a multiple of the segment."""
        for _, logs in self._read(corpus, rows, whole=True):
            yield logs

    def _read(self, corpus: Corpus, window: int, *, whole: bool) -> Iterator[tuple[np.ndarray, Array]]:
        trainable, rest = eqx.partition(self.network, trained(self.network))
        rate, decay, epsilon = (
            jnp.float32(number) for number in (self.settings.rate or 0.0, self.settings.decay, self.settings.epsilon)
        )
        how = How(trainable, rest, self.sizes, rate, decay, epsilon, self.settings.segment, whole, self.precision)
        now = Now(trainable, self.network.start_state(1))
        passage = Passage(words=corpus.words, context=corpus.end)
        for tokens, targets, _, places in excerpts(passage, spans=corpus.whole, window=window):
            said, now = _adapted(how, now, jnp.asarray(tokens), jnp.asarray(targets), jnp.asarray(places >= 0))
            yield places[:, 0], said


class How(NamedTuple):
    """What stays as it is while a network learns."""

    start: Weights
    """The trained weights."""
    rest: Any
    """What of the network is not trained."""
    sizes: Weights
    rate: Array
    decay: Array
    epsilon: Array
    segment: int
    whole: bool
    """Whether all words' probabilities are wanted, and not only the losses."""
    precision: str


class Now(NamedTuple):
    """What changes."""

    weights: Weights
    state: States


def can_learn(network: Network) -> bool:
    """Whether a network has weights that gradients change."""
    return any(jax.tree.leaves(trained(network)))


def fit_dynamic(
    settings: DynamicSettings,
    network: Network,
    corpus: Corpus | None,
    *,
    precision: str = "float32",
    watch: Watch = unwatched,
) -> Dynamic:
    """A network that learns, with what the settings leave open found on the first words of another text.

    Args:
        settings: how it learns.
        network: the network as it was trained.
        corpus: the other text; without one the rate has its default.
        precision: `float32` or `mixed`.
        watch: told how far the work is.

    Raises:
        SettingsError: rms without another text.
    """
    if corpus is None:
        if settings.rule == "rms":
            raise SettingsError("rms divides by the size of gradients on another text, which --valid gives; give one")
        given = RATE if settings.rate is None else settings.rate
        return Dynamic(network, replace(settings, rate=given), None, precision)
    begun = replace(corpus, words=corpus.words[:TRIED])
    sizes = None
    if settings.rule == "rms":
        sizes = gradient_sizes(network, begun, segment=settings.segment, precision=precision)
    start = Dynamic(network, settings, sizes, precision)
    rates = RATES[settings.rule] if settings.rate is None else (settings.rate,)
    tried = [start._replace(settings=replace(settings, rate=rate)) for rate in rates]
    return tried[0] if len(tried) == 1 else min(tried, key=lambda one: _nats(one, begun, watch))


def gradient_sizes(network: Network, corpus: Corpus, *, segment: int, precision: str = "float32") -> Weights:
    """The root mean square of each weight's gradient over the segments of a text."""
    trainable, rest = eqx.partition(network, trained(network))
    zero = jnp.float32(0)
    how = How(trainable, rest, None, zero, zero, zero, segment, whole=False, precision=precision)
    squares, state, count = jax.tree.map(jnp.zeros_like, trainable), network.start_state(1), 0
    passage = Passage(words=corpus.words, context=corpus.end)
    window = max(1, WINDOW // segment) * segment
    for tokens, targets, _, places in excerpts(passage, spans=corpus.whole, window=window):
        given = jnp.asarray(tokens), jnp.asarray(targets), jnp.asarray(places >= 0)
        squares, state = _squared(how, squares, state, *given)
        count += -(-int((places >= 0).sum()) // segment)
    return jax.tree.map(lambda square: jnp.sqrt(square / max(1, count)), squares)


def _nats(dynamic: Dynamic, corpus: Corpus, watch: Watch) -> float:
    """The negative log-likelihood of a text; infinite where a rate was too much."""
    nats = 0.0
    for places, logs in dynamic.scored(corpus):
        nats -= float(logs.sum(dtype=np.float64))
        watch(f"learning at rate {dynamic.settings.rate:g}", int(places[-1]) + 1, len(corpus.words))
    return nats if np.isfinite(nats) else np.inf


@eqx.filter_jit
def _adapted(how: How, now: Now, tokens: Array, targets: Array, real: Array) -> tuple[Array, Now]:
    """Segment by segment: what was said of its words, then a step."""
    from carrousel.evaluation.update_rules import update_rule  # noqa: PLC0415 - optax is slow to import, and seldom used

    rule = update_rule(how.start, sizes=how.sizes, rate=how.rate, decay=how.decay, epsilon=how.epsilon)

    def learn(now: Now, given: tuple[Array, ...]) -> tuple[Now, Array]:
        gradient, (said, state) = _gradient(how, now.weights, now.state, *given)
        changes, _ = rule.update(gradient, rule.init(now.weights), now.weights)
        return Now(eqx.apply_updates(now.weights, changes), state), said

    now, said = lax.scan(learn, now, _segments(how, tokens, targets, real))
    return said.reshape(len(tokens), *said.shape[2:]), now


@eqx.filter_jit
def _squared(
    how: How, squares: Weights, state: States, tokens: Array, targets: Array, real: Array
) -> tuple[Weights, States]:
    """The sum of the squares of the segments' gradients, none of them followed by a step."""

    def add(carried: tuple[Weights, States], given: tuple[Array, ...]) -> tuple[tuple[Weights, States], None]:
        squares, state = carried
        gradient, (_, state) = _gradient(how, how.start, state, *given)
        return (jax.tree.map(lambda square, g: square + g**2, squares, gradient), state), None

    (squares, state), _ = lax.scan(add, (squares, state), _segments(how, tokens, targets, real))
    return squares, state


def _segments(how: How, *arrays: Array) -> tuple[Array, ...]:
    return tuple(array.reshape(-1, how.segment, *array.shape[1:]) for array in arrays)


def _gradient(
    how: How, weights: Weights, state: States, tokens: Array, targets: Array, real: Array
) -> tuple[Weights, tuple[Array, States]]:
    """The gradient of the mean loss of a segment's words; what is said of them, and the state after."""

    def mean_loss(weights: Weights) -> tuple[Array, tuple[Array, States]]:
        network = eqx.combine(weights, how.rest)
        if how.whole:
            outputs, after = network.run(tokens, state, precision=how.precision)
            said = network.log_probabilities(outputs)[:, 0]
            nll = -jnp.take_along_axis(said, targets, axis=1)
        else:
            nll, after = network.losses(tokens, targets, state, precision=how.precision)
            said = nll[:, 0]
        return jnp.where(real, nll, 0).sum() / jnp.maximum(real.sum(), 1), (said, after)

    return jax.grad(mean_loss, has_aux=True)(weights)

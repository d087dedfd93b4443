"""Which cache serves a model: the kind is given, its numbers are given or fitted by a small grid."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final, Literal, get_args

import numpy as np
from jaxtyping import Float32

from carrousel.errors import SettingsError
from carrousel.evaluation.corpus import Corpus, Watch, unwatched
from carrousel.evaluation.decaying_cache import DecayingCache
from carrousel.evaluation.linear import fit_linear, mean_log
from carrousel.evaluation.neural_cache import NeuralCache, cache_logs, has_states
from carrousel.evaluation.unigram_cache import UnigramCache
from carrousel.generation import Network

Kind = Literal["unigram", "decaying", "neural"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
THETAS: Final = (0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2)
SIZES: Final = {
    "unigram": (100, 200, 500, 1000, 2000, 5000),
    "decaying": (40, 80, 120, 200, 500, 1000),
    "neural": (500, 2000),
}
"""What is tried where a number is not given and there is a text to fit it on."""
THETA: Final = 0.3
SIZE: Final = 500
WEIGHT: Final = 0.1
"""What is taken where there is none."""

Cache = UnigramCache | DecayingCache | NeuralCache
FREQUENCIES: Final[dict[str, type[UnigramCache | DecayingCache]]] = {"unigram": UnigramCache, "decaying": DecayingCache}
"""The caches of how frequent words were."""


@dataclass(frozen=True, kw_only=True)
class CacheSettings:
    """A cache of the last words; what is None is fitted on the validation text, or has its default without one."""

    kind: str = "unigram"
    """unigram, decaying, or neural."""
    size: int | None = None
    """Words that it holds; decaying: words after which one counts 1/e."""
    weight: float | None = None
    """Its part of a mixture, of all caches together."""
    theta: float | None = None
    """neural: what the products of states are multiplied by."""

    def __post_init__(self) -> None:
        """See that each value can be.

        Raises:
            SettingsError: one cannot.
        """
        if self.kind not in KINDS:
            raise SettingsError(f"a cache is one of {', '.join(KINDS)}, not {self.kind!r}")
        if self.size is not None and self.size < 1:
            raise SettingsError(f"a cache holds at least one word, so its size cannot be {self.size}")
        if self.weight is not None and not 0 <= self.weight < 1:
            raise SettingsError(f"the weight of a cache is from 0 and below 1, not {self.weight}")
        if self.theta is not None and not 0 <= self.theta < float("inf"):
            raise SettingsError(f"theta is a number from 0, not {self.theta}")
        if self.theta is not None and self.kind in FREQUENCIES:
            raise SettingsError(f"theta is of the neural cache, and a {self.kind} cache has none; leave it away")

    def candidates(self, *, fitted: bool) -> list[tuple[float, int]]:
        """The pairs of theta and size to choose from."""
        thetas: Sequence[float] = THETAS if fitted and self.kind == "neural" else (THETA,)
        sizes: Sequence[int] = SIZES[self.kind] if fitted else (SIZE,)
        thetas = thetas if self.theta is None else (self.theta,)
        return list(product(thetas, sizes if self.size is None else (self.size,)))

    def serves(self, network: Network) -> bool:
        """Whether it can act on a model: a neural cache needs states to compare."""
        return self.kind in FREQUENCIES or has_states(network)

    def cache(self, network: Network, candidate: tuple[float, int], *, precision: str) -> Cache:
        """The cache of a model."""
        theta, size = candidate
        if self.kind in FREQUENCIES:
            return FREQUENCIES[self.kind](size, network.vocabulary)
        return NeuralCache(network, theta, size, precision)


def fit_cache(
    settings: CacheSettings,
    network: Network,
    corpus: Corpus,
    own: Float32[np.ndarray, " words"],
    *,
    precision: str,
    watch: Watch = unwatched,
) -> Cache:
    """The cache with which a model predicts a text best.

    Args:
        settings: what of it is given.
        network: the model.
        corpus: the text to fit it on.
        own: the logarithms of the words' probabilities by the model alone; nan where a word is not scored.
        precision: `float32` or `mixed`.
        watch: told how far the work is.
    """
    candidates = settings.candidates(fitted=True)
    if len(candidates) == 1:
        return settings.cache(network, candidates[0], precision=precision)
    held = np.array([np.nan, np.nan if settings.weight is None else settings.weight])
    best, found = -np.inf, candidates[0]
    for candidate, logs in zip(
        candidates, _tried(settings, network, corpus, candidates, precision, watch), strict=True
    ):
        pair = np.stack([own[corpus.first :], logs[corpus.first :]], axis=1)
        height = mean_log(pair, fit_linear(pair, held=held))
        if height > best:
            best, found = height, candidate
    return settings.cache(network, found, precision=precision)


def _tried(
    settings: CacheSettings,
    network: Network,
    corpus: Corpus,
    candidates: Sequence[tuple[float, int]],
    precision: str,
    watch: Watch,
) -> Iterator[np.ndarray]:
    """What each candidate says of the words; a neural cache's are read together."""
    if settings.kind == "neural":
        every = np.full((len(candidates), len(corpus.words)), np.nan, np.float32)
        for places, found in cache_logs(network, corpus, candidates, precision=precision):
            every[:, places] = found.T
            watch("caches to choose from", int(places[-1]) + 1, len(corpus.words))
        yield from every
        return
    for candidate in candidates:
        logs = np.full(len(corpus.words), np.nan, np.float32)
        for places, found in settings.cache(network, candidate, precision=precision).scored(corpus):
            logs[places] = found
        yield logs

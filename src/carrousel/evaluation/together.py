"""Several models on one text: each alone, each with what it may remember of the text, and all of them mixed."""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float64

from carrousel.errors import SettingsError
from carrousel.evaluation.caches import WEIGHT, Cache, CacheSettings, fit_cache
from carrousel.evaluation.contest import Contestant, Entry, Outcome, Reader, Side, TogetherSettings
from carrousel.evaluation.corpus import BLOCK, Corpus, Watch, unwatched
from carrousel.evaluation.dynamic import Dynamic, can_learn, fit_dynamic
from carrousel.evaluation.dynamic_settings import DynamicSettings
from carrousel.evaluation.eligibility import are_mixed, check_acting
from carrousel.evaluation.linear import FIT, equal_weights, fit_linear, mixture
from carrousel.evaluation.log_linear import Part, fit_log_linear, log_mixture, rows_of
from carrousel.evaluation.perplexity import protocol
from carrousel.evaluation.predictors import AsTrained, Blend, Predictor
from carrousel.evaluation.report import Tally
from carrousel.evaluation.vocabularies import numbers_by
from carrousel.generation import Scored
from carrousel.text import Text

Weights = Float64[np.ndarray, " parts"]


class Piece(NamedTuple):
    """A part of a linear mixture."""

    facts: dict[str, Any]
    """What it is, as JSON values."""
    test: Side
    valid: Side | None
    weight: float = np.nan
    """What it counts, where that is given; nan where it is to be found."""


def evaluate_together(
    models: Sequence[tuple[str, Contestant]],
    text: Text,
    *,
    valid: Text | None = None,
    settings: TogetherSettings = TogetherSettings(),  # noqa: B008 - frozen
    watch: Watch = unwatched,
    tell: Callable[[str], None] = lambda sentence: None,  # noqa: ARG005
) -> Iterator[Outcome]:
    """Measure how well models predict a text: each alone, each with its cache, then mixtures.

    Args:
        models: names and models.
        text: the text.
        valid: another text, on which weights, caches and rates are fitted; nothing ever is on the text itself. Without
            it models count alike, and the rest has defaults.
        settings: how.
        watch: told how far the work is.
        tell: told, in a sentence, what a setting cannot act on.

    Yields:
        What was found, as it is found.

    Raises:
        SettingsError: settings that nothing here can follow, or models of different vocabularies that are to be mixed.
        TextError: a text cannot be read, or leaves no token to score.
        ModelError: a mixture that gives a word no probability.
    """
    mixes = are_mixed(models, settings, tell)
    fits = valid is not None and (mixes or settings.cache is not None)
    if valid is not None and not fits and settings.dynamic is None:
        raise SettingsError(
            "valid is a text to fit weights, caches or rates on, and here is none of them; leave it away"
        )
    check_acting(models, settings, tell)
    with tempfile.TemporaryDirectory() as folder:
        contest = _Contest(settings, text, valid if fits else None, Reader(Path(folder), watch), watch)
        entries: list[Entry] = []
        for name, model in models:
            plain = AsTrained(model.network, settings.state, settings.streams, settings.precision)
            entry = contest.entry(name, model, plain)
            yield contest.outcome(name, entry.test.corpus, _said(entry.test), [entry], {})
            if settings.dynamic is not None and can_learn(model.network):
                entry, learned = contest.learning(entry, settings.dynamic, valid)
                how = {"dynamic": asdict(learned)}
                yield contest.outcome(entry.name, entry.test.corpus, _said(entry.test), [entry], how)
            entries.append(entry)
        for group in [entries] if mixes else [[entry] for entry in entries]:
            yield from contest.mixtures(group)


class _Contest(NamedTuple):
    """The two texts, and what is done with them."""

    settings: TogetherSettings
    text: Text
    valid: Text | None
    """None where nothing is fitted on it but rates."""
    reader: Reader
    watch: Watch

    def entry(self, name: str, model: Contestant, predictor: AsTrained | Dynamic) -> Entry:
        """A model that has read both texts."""
        test = self.reader.side(f"{name} on {self.text.name}", predictor, self.corpus(model, self.text))
        if self.valid is None:
            return Entry(name, model, predictor, test, None)
        valid = self.reader.side(f"{name} on {self.valid.name}", predictor, self.corpus(model, self.valid))
        return Entry(name, model, predictor, test, valid)

    def learning(self, entry: Entry, dynamic: DynamicSettings, valid: Text | None) -> tuple[Entry, DynamicSettings]:
        """The same model as it goes on learning, and how it does."""
        corpus = None if valid is None else self.corpus(entry.model, valid)
        learns = fit_dynamic(dynamic, entry.model.network, corpus, precision=self.settings.precision, watch=self.watch)
        return self.entry(f"{entry.name}, dynamic", entry.model, learns), learns.settings

    def corpus(self, model: Contestant, text: Text) -> Corpus:
        """A text in a model's tokens, which it knows all of."""
        corpus = self.reader.corpus(text, model.tokenizer)
        corpus.check(model.network.vocabulary)
        return corpus

    def cached(self, entry: Entry, cache: CacheSettings) -> tuple[Cache, Piece]:
        """A model's cache, which has read both texts, and what it is in a mixture."""
        network, precision = entry.model.network, self.settings.precision
        if entry.valid is None:
            made = cache.cache(network, cache.candidates(fitted=False)[0], precision=precision)
        else:
            made = fit_cache(cache, network, *entry.valid, precision=precision, watch=self.watch)
        test = self.reader.side(f"{made.of(entry.name)} on {self.text.name}", made, entry.test.corpus)
        valid = None
        if self.valid is not None and entry.valid is not None:
            valid = self.reader.side(f"{made.of(entry.name)} on {self.valid.name}", made, entry.valid.corpus)
        return made, Piece({"part": made.of(entry.name), **made.numbers}, test, valid, self.cache_weight)

    def mixtures(self, group: Sequence[Entry]) -> Iterator[Outcome]:
        """Each model with its cache, then all of them."""
        pieces = [Piece({"part": entry.name}, entry.test, entry.valid) for entry in group]
        caches: dict[str, Piece] = {}
        predictors: list[Predictor] = []
        for entry, piece in zip(group, pieces, strict=True):
            predictors.append(entry.predictor)
            if self.settings.cache is not None and self.settings.cache.serves(entry.model.network):
                cache, remembered = self.cached(entry, self.settings.cache)
                weights = self.weights([piece, remembered])
                yield self.blend(f"{entry.name} with a cache", [piece, remembered], weights, [entry])
                caches[remembered.facts["part"]] = remembered
                predictors[-1] = Blend([entry.predictor, cache], weights.tolist())
        if len(group) == 1:
            return
        if self.settings.mix == "log":
            yield self.log(group, predictors)
            return
        yield self.blend("linear mixture", pieces, self.weights(pieces), group)
        if caches:
            shared = [piece._replace(weight=self.cache_weight / len(caches)) for piece in caches.values()]
            every = [*pieces, *shared]
            yield self.blend("linear mixture with caches", every, self.weights(every), group)

    @property
    def cache_weight(self) -> float:
        """The weight of all caches together, where it is not to be found."""
        cache = self.settings.cache
        if cache is not None and cache.weight is not None:
            return cache.weight
        return np.nan if self.valid is not None else WEIGHT

    def weights(self, pieces: Sequence[Piece]) -> Weights:
        """The weights of a linear mixture: found on the other text where there is one, else equal."""
        given = np.array([piece.weight for piece in pieces])
        sides = [piece.valid for piece in pieces if piece.valid is not None]
        if not sides:
            return equal_weights(given)
        first = sides[0].corpus.first
        return fit_linear(np.stack([side.logs[first : first + FIT] for side in sides], axis=1), held=given)

    def blend(self, name: str, pieces: Sequence[Piece], weights: Weights, group: Sequence[Entry]) -> Outcome:
        """What a linear mixture is worth."""
        side = pieces[0].test
        parts = [{**piece.facts, "weight": weight} for piece, weight in zip(pieces, weights.tolist(), strict=True)]
        said = mixture([piece.test.logs for piece in pieces], weights, first=side.corpus.first)
        return self.outcome(name, side.corpus, said, group, self.how("linear", parts))

    def log(self, group: Sequence[Entry], predictors: Sequence[Predictor]) -> Outcome:
        """What a log-linear mixture is worth."""
        numbers = [numbers_by(group[0].model.tokenizer, entry.model.tokenizer) for entry in group]
        multiple = max(entry.predictor.multiple for entry in group)
        rows = rows_of(group[0].model.network.vocabulary, multiple=multiple)

        def parts(sides: Sequence[Side]) -> list[Part]:
            return [Part(*each) for each in zip(predictors, [side.corpus for side in sides], numbers, strict=True)]

        valid = [entry.valid for entry in group if entry.valid is not None]
        weights = (
            fit_log_linear(parts(valid), rows=rows, watch=self.watch) if valid else np.full(len(group), 1 / len(group))
        )
        said = log_mixture(parts([entry.test for entry in group]), weights, rows=rows, watch=self.watch)
        names = [
            f"{entry.name} with a cache" if isinstance(predictor, Blend) else entry.name
            for entry, predictor in zip(group, predictors, strict=True)
        ]
        listed = [{"part": name, "weight": weight} for name, weight in zip(names, weights.tolist(), strict=True)]
        return self.outcome("log-linear mixture", group[0].test.corpus, said, group, self.how("log", listed))

    def how(self, mix: str, parts: list[dict[str, Any]]) -> dict[str, Any]:
        """The facts of a mixture."""
        return {"mix": mix, "parts": parts, "fitted_on": None if self.valid is None else self.valid.name}

    def outcome(
        self, name: str, corpus: Corpus, said: Iterable[Scored], group: Sequence[Entry], how: dict[str, Any]
    ) -> Outcome:
        """The figures of what was said of each word."""
        tally = Tally(corpus)
        for places, logs in said:
            tally.add(places, logs)
        reaches = [entry.model.network.reach for entry in group]
        words = [protocol(corpus, self.settings.state, self.settings.streams, tally.unknown, reaches)]
        if "dynamic" in how:
            words.append("each word scored before it is learned from")
        if "mix" in how and self.valid is None:
            alike = len({part["weight"] for part in how["parts"]}) == 1
            words.append(f"nothing fitted: models count alike{'' if alike else ', a cache as much as was set'}")
        if "mix" in how and self.valid is not None:
            words.append(f"weights fitted on {self.valid.name}")
        words += dict.fromkeys(entry.model.note for entry in group if entry.model.note)
        return Outcome(name=name, report=tally.report("; ".join(words)), how=how)


def _said(side: Side) -> Iterator[Scored]:
    """What a model said of a text, some words at a time."""
    for begin in range(side.corpus.first, len(side.logs), BLOCK):
        logs = np.asarray(side.logs[begin : begin + BLOCK])
        yield Scored(np.arange(begin, begin + len(logs)), logs)

"""Whether a property can be read off a state, and off which single units.

A linear probe that does well may have learned the words instead of the property, so beside it stand the same probe on
labels drawn at random for every word (selectivity; Hewitt & Liang 2019), the best guess by the word alone, and the
same probe on a network that was never trained. The lines are read one after the other, as a text, with the state
carried on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from jaxtyping import Bool, Float, Int

from carrousel.errors import SettingsError
from carrousel.inspection.flow import untrained
from carrousel.inspection.hypotheses.sets import NONE, ProbeSet, tokens_with_labels
from carrousel.inspection.trace import Trace
from carrousel.inspection.tracing import open_network, trace_words
from carrousel.model import Model

LINES: Final = 400
TESTED: Final = 0.3
"""The part of the lines that no probe has seen."""
PENALTY: Final = 1.0
"""Of the squared weights, beside the sum of the examples' losses."""
ROUNDS: Final = 50


@dataclass(frozen=True, kw_only=True)
class Probe:
    """How well a property is read off one state of one layer, on lines that the probe has not seen."""

    layer: int
    """From 1."""
    state: str
    examples: int
    """Tokens that were tested."""
    accuracy: float
    majority: float
    """That of the most frequent label always."""
    by_word: float
    """That of each word's most frequent label."""
    control: float
    """That of the same probe on labels drawn at random for every word."""
    untrained: float
    """That of the same probe on a network of the same settings that was never trained."""

    @property
    def selectivity(self) -> float:
        """What the property has over labels that only the words can tell."""
        return self.accuracy - self.control

    def as_json(self) -> dict[str, Any]:
        """The probe as plain values."""
        return {**asdict(self), "selectivity": self.selectivity}


@dataclass(frozen=True, kw_only=True)
class UnitRank:
    """How well a single unit tells a property."""

    layer: int
    """From 1."""
    state: str
    unit: int
    correlation: float
    """Pearson's, of the unit's value and the label; its sign says in which direction."""
    area: float | None
    """The chance that the unit is higher where a label is 1 than where it is 0, or the other way round, whichever is
    larger (the area under the ROC curve); None where there are more than two labels."""

    def as_json(self) -> dict[str, Any]:
        """The rank as plain values."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Examples:
    """The tokens of a set that have a label, as a network read them."""

    trace: Trace
    rows: Int[np.ndarray, " examples"]
    labels: Int[np.ndarray, " examples"]
    words: Int[np.ndarray, " examples"]
    tested: Bool[np.ndarray, " examples"]

    def states(self) -> Iterator[tuple[int, str, np.ndarray]]:
        """Layer, state, and its values at the examples (examples, units)."""
        for number, layer in enumerate(self.trace.layers, 1):
            for state in layer.states:
                yield number, state, layer.units(state)[self.rows].astype(np.float64)


def probe_states(model: Model, probed: ProbeSet, *, lines: int = LINES, seed: int = 0) -> list[Probe]:
    """A logistic probe on every state of every layer, with its controls; the most selective first.

    A property with more than two labels is probed as none against any, as in brackets open or not; the position as
    the first half of the lines' words against the second.

    Args:
        model: a recurrent language model.
        probed: the property and its lines.
        lines: lines to draw; 30% of them are tested, the others are learned from.
        seed: of the lines, of the control and of the untrained network.

    Raises:
        SettingsError: too few lines, or one label alone.
    """
    network = open_network(model)
    examples = _examples(model, probed, lines, seed)
    labels = _two(examples.labels)
    fresh = _examples(untrained(model, seed=seed), probed, lines, seed)
    random = np.random.default_rng(seed)
    by_word = random.permutation(np.arange(network.vocabulary) % 2)[examples.words]
    learned = ~examples.tested
    found = []
    for (layer, state, values), (_, _, drawn) in zip(examples.states(), fresh.states(), strict=True):
        found.append(
            Probe(
                layer=layer,
                state=state,
                examples=int(examples.tested.sum()),
                accuracy=_accuracy(values, labels, examples.tested),
                majority=float((labels[examples.tested] == _majority(labels[learned])).mean()),
                by_word=_by_word(examples.words, labels, examples.tested),
                control=_accuracy(values, by_word, examples.tested),
                untrained=_accuracy(drawn, labels, examples.tested),
            )
        )
    return sorted(found, key=lambda probe: -probe.selectivity)


def rank_units(model: Model, probed: ProbeSet, *, lines: int = LINES, seed: int = 0) -> list[UnitRank]:
    """Every unit of every state by how well it alone tells the property: by the size of its correlation.

    Args:
        model: a recurrent language model.
        probed: the property and its lines.
        lines: lines to draw.
        seed: of the lines.

    Raises:
        SettingsError: too few lines, or one label alone.
    """
    examples = _examples(model, probed, lines, seed)
    two = len(np.unique(examples.labels)) == 2
    found = []
    for layer, state, values in examples.states():
        correlations = _correlations(values, examples.labels)
        areas = _areas(values, examples.labels == examples.labels.max()) if two else [None] * values.shape[1]
        found += [
            UnitRank(layer=layer, state=state, unit=unit, correlation=float(r), area=area)
            for unit, (r, area) in enumerate(zip(correlations, areas, strict=True))
        ]
    return sorted(found, key=lambda rank: -abs(rank.correlation))


def fit_logistic(
    values: Float[np.ndarray, "examples units"], labels: Int[np.ndarray, " examples"]
) -> Float[np.ndarray, " weights"]:
    """Weights and bias of a logistic regression with a penalty on the squared weights, by Newton's method."""
    given = np.concatenate([values, np.ones((len(values), 1))], axis=1)
    penalty = np.full(given.shape[1], PENALTY)
    penalty[-1] = 1e-6
    weights = np.zeros(given.shape[1])
    for _ in range(ROUNDS):
        chance = 1 / (1 + np.exp(-np.clip(given @ weights, -30, 30)))
        slope = given.T @ (chance - labels) + penalty * weights
        curve = (given * (chance * (1 - chance) + 1e-9)[:, None]).T @ given + np.diag(penalty)
        change = np.linalg.solve(curve, slope)
        weights -= change / max(1.0, float(np.linalg.norm(change)) / 10)
        if np.abs(slope).max() < 1e-6 * len(values):
            break
    return weights


def _examples(model: Model, probed: ProbeSet, lines: int, seed: int) -> _Examples:
    if lines < 10:
        raise SettingsError(
            f"a probe learns from some lines and is tested on others, so it takes 10 at least, not {lines}"
        )
    ids, labels, owners = tokens_with_labels(model.tokenizer, probed.draw(lines, seed=seed))
    begin = [] if model.tokenizer.end is None else [model.tokenizer.end]
    names = {s for layer in open_network(model).layers for s in layer.cell.signature.states}
    trace = trace_words(model, np.concatenate([np.array(begin, np.int32), ids]), context=len(begin), keep=names)
    chosen = labels != NONE
    if len(np.unique(labels[chosen])) < 2:
        raise SettingsError(f"the lines of {probed.name} show one label alone; draw more lines")
    tested = np.random.default_rng(seed + 1).random(lines) < TESTED
    return _Examples(
        trace=trace,
        rows=np.flatnonzero(chosen) + len(begin),
        labels=labels[chosen],
        words=ids[chosen],
        tested=tested[owners[chosen]],
    )


def _two(labels: np.ndarray) -> np.ndarray:
    """Labels as two: those above 0 against the others; of many, those above the median."""
    if len(np.unique(labels)) == 2:
        return (labels == labels.max()).astype(np.int64)
    return (labels > (0 if labels.max() < 8 else np.median(labels))).astype(np.int64)


def _accuracy(values: np.ndarray, labels: np.ndarray, tested: np.ndarray) -> float:
    """That of a probe on what it has not learned from; units are scaled by what they do where it learns."""
    mean, spread = values[~tested].mean(axis=0), values[~tested].std(axis=0) + 1e-8
    scaled = (values - mean) / spread
    weights = fit_logistic(scaled[~tested], labels[~tested])
    guessed = scaled[tested] @ weights[:-1] + weights[-1] > 0
    return float((guessed == labels[tested].astype(bool)).mean())


def _majority(labels: np.ndarray) -> int:
    return int(labels.mean() > 0.5)


def _by_word(words: np.ndarray, labels: np.ndarray, tested: np.ndarray) -> float:
    overall = _majority(labels[~tested])
    best = {word: _majority(labels[~tested & (words == word)]) for word in np.unique(words[~tested]).tolist()}
    guessed = np.array([best.get(word, overall) for word in words[tested].tolist()])
    return float((guessed == labels[tested]).mean())


def _correlations(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Pearson's, 0 for a unit that never moves."""
    centred, aim = values - values.mean(axis=0), labels - labels.mean()
    norm = np.sqrt((centred**2).sum(axis=0) * (aim**2).sum())
    return np.where(norm > 0, centred.T @ aim / np.where(norm > 0, norm, 1), 0.0)


def _areas(values: np.ndarray, high: np.ndarray) -> list[float]:
    """By ranks, equal values sharing theirs."""
    areas = []
    count = int(high.sum()), int((~high).sum())
    for unit in values.T:
        _, places, sizes = np.unique(unit, return_inverse=True, return_counts=True)
        ranks = (np.cumsum(sizes) - (sizes - 1) / 2)[places]
        area = (ranks[high].sum() - count[0] * (count[0] + 1) / 2) / (count[0] * count[1])
        areas.append(float(max(area, 1 - area)))
    return areas

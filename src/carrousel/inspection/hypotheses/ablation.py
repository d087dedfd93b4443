"""What is lost without a single unit: each is held at its mean while minimal pairs are decided."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np

from carrousel.errors import SettingsError, TextError
from carrousel.inspection.hypotheses.forcing import ALWAYS, run_forced
from carrousel.inspection.hypotheses.sets import Pair
from carrousel.inspection.tracing import open_network, trace_words
from carrousel.model import Model

COLUMNS: Final = 1024
"""Sequences that are read side by side, about."""


@dataclass(frozen=True, kw_only=True)
class UnitLoss:
    """What holding one unit at its mean does."""

    layer: int
    """From 1."""
    state: str
    unit: int
    accuracy: float
    margin: float

    def as_json(self) -> dict[str, Any]:
        """The loss as plain values."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Ablation:
    """How minimal pairs are decided by the whole network, and without each unit."""

    pairs: int
    skipped: int
    """Pairs left out: of them the vocabulary knows too little to tell right from wrong."""
    accuracy: float
    """The share of pairs whose right word was given the larger probability."""
    margin: float
    """The mean of ln p(right) - ln p(wrong)."""
    units: tuple[UnitLoss, ...]
    """Without each unit, the one whose loss lowers the margin most first."""

    def as_json(self) -> dict[str, Any]:
        """The ablation as plain values."""
        return {**asdict(self), "units": [unit.as_json() for unit in self.units]}


def ablate(
    model: Model,
    pairs: Sequence[Pair],
    *,
    states: Collection[str] | None = None,
    watch: Callable[[int, int], None] | None = None,
) -> Ablation:
    """Decide minimal pairs with each unit held at its mean over the pairs' words, one unit at a time.

    Args:
        model: a recurrent language model.
        pairs: what came before, the right and the wrong word; words of several tokens are told apart by the first
            token in which they differ.
        states: the names of the states whose units are held; by default all.
        watch: called with the number of units done, and of all.

    Raises:
        TextError: no pair whose two words the vocabulary tells apart.
        SettingsError: a state that no layer has.
    """
    network = open_network(model)
    known = list(dict.fromkeys(s for layer in network.layers for s in layer.cell.signature.states))
    if strange := sorted(set(states or ()) - set(known)):
        raise SettingsError(f"no layer has a state {strange[0]!r}; there are {', '.join(known)}")
    questions = [q for q in (_question(model, pair) for pair in pairs) if q is not None]
    if not questions:
        raise TextError("no pair has two words that this vocabulary tells apart; take pairs of words that it knows")
    means = _means(model, [before for before, _, _ in questions], known)
    places = [
        (n, s, u)
        for n, layer in enumerate(network.layers)
        for s, name in enumerate(layer.cell.signature.states)
        if states is None or name in states
        for u in range(means[n][s].size)
    ]
    whole = _margins(model, questions, means, [None])[0]
    each = max(1, COLUMNS // len(questions))
    found = []
    for begin in range(0, len(places), each):
        chunk = places[begin : begin + each]
        filled: list[tuple[int, int, int] | None] = [*chunk, *[None] * (each - len(chunk) if begin else 0)]
        for (n, s, u), margins in zip(chunk, _margins(model, questions, means, filled), strict=False):
            name = list(network.layers[n].cell.signature.states)[s]
            loss = UnitLoss(
                layer=n + 1, state=name, unit=u, accuracy=float((margins > 0).mean()), margin=float(margins.mean())
            )
            found.append(loss)
        if watch is not None:
            watch(min(begin + each, len(places)), len(places))
    return Ablation(
        pairs=len(questions),
        skipped=len(pairs) - len(questions),
        accuracy=float((whole > 0).mean()),
        margin=float(whole.mean()),
        units=tuple(sorted(found, key=lambda unit: unit.margin)),
    )


Question = tuple[list[int], int, int]
"""The words before, and the two tokens that decide."""
Values = list[list[np.ndarray]]


def _question(model: Model, pair: Pair) -> Question | None:
    begin = [] if model.tokenizer.end is None else [model.tokenizer.end]
    right, wrong = (model.tokenizer.encode(f"{pair.before} {word} ").tolist() for word in (pair.right, pair.wrong))
    for place, (a, b) in enumerate(zip(right, wrong, strict=False)):
        if a != b:
            before = begin + right[:place]
            unknown = model.tokenizer.unknown
            return (before, a, b) if before and unknown not in (a, b) else None
    return None


def _means(model: Model, befores: list[list[int]], names: list[str]) -> Values:
    """The mean of each unit over the words that come before, read one line after the other."""
    trace = trace_words(model, np.array([i for before in befores for i in before], np.int32), keep=names)
    return [[layer.values[s].mean(axis=0) for s in layer.cell.signature.states] for layer in trace.layers]


def _margins(
    model: Model, questions: list[Question], means: Values, places: Sequence[tuple[int, int, int] | None]
) -> list[np.ndarray]:
    """The margin, ln p(right) - ln p(wrong), of every question, (questions,), for each unit that is held."""
    longest = max(len(before) for before, _, _ in questions)
    time, count = 1 << math.ceil(math.log2(longest)) if longest > 1 else 1, len(questions)
    tokens = np.zeros((time, count), np.int32)
    for column, (before, _, _) in enumerate(questions):
        tokens[: len(before), column] = before
    where = [[np.zeros((len(places), mean.size), bool) for mean in layer] for layer in means]
    for row, place in enumerate(places):
        if place is not None:
            n, s, u = place
            where[n][s][row, u] = True

    def spread(chosen: np.ndarray, mean: np.ndarray) -> jax.Array:
        return jnp.asarray(np.repeat(chosen, count, axis=0).reshape(-1, *mean.shape))

    network = open_network(model)
    scores = run_forced(
        network,
        jnp.asarray(np.tile(tokens, len(places))),
        jnp.asarray(np.tile([len(before) for before, _, _ in questions], len(places))),
        jnp.full(count * len(places), ALWAYS),
        tuple(tuple(map(spread, layer, mean)) for layer, mean in zip(where, means, strict=True)),
        jax.tree.map(lambda m: jnp.broadcast_to(m, (time, 1, *m.shape)), tuple(tuple(layer) for layer in means)),
    )
    every = np.asarray(scores).reshape(len(places), count, -1)
    rows = np.arange(count)
    right, wrong = (np.array([q[k] for q in questions]) for k in (1, 2))
    return list(every[:, rows, right] - every[:, rows, wrong])

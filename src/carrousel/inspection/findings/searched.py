"""Select and match: a span of the text, and where else in a corpus the units that are on over it are on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from carrousel.errors import SettingsError
from carrousel.inspection.findings.finding import Finding
from carrousel.inspection.keeping import kept_state
from carrousel.inspection.search import THRESHOLD, find_spans, index_states, units_on
from carrousel.inspection.trace import Trace
from carrousel.model import Model

FEW: Final = 3
"""Units that must be on in the span and off beside it, else all that are on in it are looked for."""
ENOUGH: Final = 5
"""Matches for which fewer of the units are asked for."""
SHARES: Final = (1.0, 0.8, 0.6, 0.4)
"""Parts of the units that must be on, in the order in which they are tried."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is looked for."""

    span: str
    """A piece of the text, or two steps, FIRST:STOP."""
    layer: int | None = None
    """From 1; by default the last."""
    value: str | None = None
    """By default the state that is kept, else the last state."""
    threshold: float = THRESHOLD
    """Above it a unit is on."""


def searched(
    model: Model,
    trace: Trace,
    question: Question,
    corpus: np.ndarray,
    *,
    name: str,
    watch: Callable[[int, int], None] | None = None,
) -> Finding:
    """Where else the same units are on.

    Args:
        model: the model that was traced.
        trace: the text of which a span is chosen.
        question: the span, and the value that is looked at.
        corpus: the tokens that are searched.
        name: of the corpus.
        watch: called with the number of tokens read, and of all.

    Raises:
        SettingsError: the span, the layer or the value is not there, or no unit is on over the span.
    """
    layer = len(trace.layers) if question.layer is None else question.layer
    if not 1 <= layer <= len(trace.layers):
        raise SettingsError(f"layer is a number from 1 to {len(trace.layers)}, not {layer}")
    place = trace.layers[layer - 1]
    value = question.value or kept_state(place.plan) or place.states[-1]
    begin, stop = _span(trace, question.span)
    values = place.units(value)
    units = units_on(values, begin, stop, threshold=question.threshold)
    how = "on at each of its steps and off beside it"
    if len(units) < FEW:
        units = units_on(values, begin, stop, threshold=question.threshold, edges=False)
        how = f"on at each of its steps; fewer than {FEW} of them are off beside it"
    words = np.asarray(corpus, np.int32)
    index = index_states(model, words, layer=layer, name=value, threshold=question.threshold, watch=watch)
    for share in SHARES:
        matches = find_spans(index, units, steps=stop - begin, share=share)
        if len(matches) >= ENOUGH:
            break
    found = [(match, *index.text(match)) for match in matches]
    span = " ".join(repr(token)[1:-1] for token in trace.names[begin:stop])
    listed = ", ".join(map(str, units[:12])) + (f" and {len(units) - 12} more" if len(units) > 12 else "")
    return Finding(
        kind="search",
        title=f"Where the units of «{span}» are on elsewhere",
        about=f"{value} of layer {layer} above {question.threshold:g}; {len(units)} units are {how}, in steps "
        f"{begin} to {stop - 1}: {listed}. Searched: the {len(corpus):,} tokens of {name}, in {index.streams} parts "
        f"read side by side, for where at least {share:.0%} of the units are on.",
        columns=["step", "units on", "before", "match", "after"],
        rows=[[m.begin, len(m.units), *map(_line, texts)] for m, *texts in found],
        details={
            "layer": layer,
            "value": value,
            "threshold": question.threshold,
            "share": share,
            "span": {"begin": begin, "stop": stop, "tokens": list(trace.names[begin:stop])},
            "units": list(units),
            "corpus": name,
            "tokens": len(corpus),
            "matches": [
                {"begin": m.begin, "stop": m.stop, "units": list(m.units), "before": a, "match": b, "after": c}
                for m, a, b, c in found
            ],
        },
    )


def _span(trace: Trace, span: str) -> tuple[int, int]:
    """The steps of a piece of the text, or as they are given."""
    first, colon, stop = span.partition(":")
    if colon and first.isdigit() and stop.isdigit():
        return int(first), int(stop)
    ends = np.cumsum([len(piece) for piece in trace.pieces])
    text = "".join(trace.pieces)
    place = text.find(span)
    if place < 0 or not span:
        raise SettingsError(
            f"{span!r} stands nowhere in the text that is looked into; give a piece of it, or FIRST:STOP"
        )
    inside = np.flatnonzero((ends > place) & (ends - [len(p) for p in trace.pieces] < place + len(span)))
    return int(inside[0]), int(inside[-1]) + 1


def _line(text: object) -> str:
    return str(text).replace("\n", "↵")

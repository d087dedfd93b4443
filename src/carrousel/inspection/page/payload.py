"""What the page's script is given of one model: tokens, values at 8 bit, what was expected next."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import islice
from typing import Any, Final

import numpy as np

from carrousel.engine.card import Card
from carrousel.inspection.page.anatomy import reads_x, shown_names
from carrousel.inspection.ranges import gate_names
from carrousel.inspection.speaking import speak
from carrousel.inspection.trace import OLD, LayerTrace, Trace
from carrousel.pages import quantised

ROOM: Final = 1_000_000
"""Bytes that one model has on a page, a byte a value and what is said at each step."""
SAID: Final = 700
"""Bytes of what is said of a layer at a step, about."""
LARGEST: Final = 4096
"""Units of a value that a page can show at a step."""
USUAL: Final = 99.0
"""Percent of a value's sizes that the colours tell apart; what is greater has the fullest colour."""


def fitting_steps(trace: Trace, room: int) -> int:
    """How many steps of a trace fit on a page."""
    each = sum(SAID + sum(len(_units(layer, name)[0]) for name in _kept(layer)) for layer in trace.layers)
    return max(1, min(trace.time, room // each))


def left_out(layer: LayerTrace) -> list[str]:
    """The names of a layer that the page does not show."""
    return [*layer.left_out, *(name for name in layer.values if not name.endswith(OLD) and name not in _kept(layer))]


def payload(name: str, trace: Trace, cards: Sequence[Card], cells: Sequence[int], *, steps: int) -> dict[str, Any]:
    """One model's part of the page's data.

    Args:
        name: of the model.
        trace: what it did on the text.
        cards: of each layer's cell.
        cells: for each layer the number of its cell on the page.
        steps: how many steps stand on the page.
    """
    following = [*trace.names[1 : steps + 1], None][:steps]
    return {
        "name": name,
        "tokens": trace.names[:steps],
        "pieces": trace.pieces[:steps],
        "came": following,
        "chance": [_short(math.exp(v)) for v in trace.log_probabilities[:steps].tolist()],
        "next": _expected(trace, steps),
        **_speech(trace, steps),
        "layers": [
            {"cell": cell, "units": layer.hidden, "values": _values(layer, card, steps)}
            for layer, card, cell in zip(trace.layers, cards, cells, strict=True)
        ],
    }


def _expected(trace: Trace, steps: int) -> list[list[list[Any]]]:
    token = trace.tokenizer.token
    pairs = zip(trace.top_ids[:steps].tolist(), trace.top_log_probabilities[:steps].tolist(), strict=True)
    return [[[token(i), _short(math.exp(v))] for i, v in zip(*pair, strict=True)] for pair in pairs]


def _speech(trace: Trace, steps: int) -> dict[str, Any]:
    """For each layer what is asked at every step, and for each step the answers."""
    spoken = list(islice(speak(trace), steps))
    return {
        "asked": [[said.question for said in layer] for layer in spoken[0].layers],
        "said": [[[said.answer for said in layer] for layer in step.layers] for step in spoken],
    }


def _values(layer: LayerTrace, card: Card, steps: int) -> list[dict[str, Any]]:
    shown = shown_names(card, layer)
    found: list[dict[str, Any]] = []
    for name in layer.values:
        if name.endswith(OLD) and name.removesuffix(OLD) in layer.values and name.removesuffix(OLD) in _kept(layer):
            first = _real(layer.units(name)[0]).tolist()
            found.append({"key": name, "of": name.removesuffix(OLD), "first": [_short(v) for v in first]})
        elif name in _kept(layer):
            found.append({"key": name, **_described(layer, name, layer.units(name)[:steps])})
    for name, value in layer.constants.items():
        if value.size <= LARGEST:
            flat = _real(np.asarray(value)).reshape(1, -1)
            found.append({"key": name, "every": True, "kind": "constant", **_facts(flat)})
    if layer.inputs == layer.hidden and reads_x(card):
        found.append({"key": "x", "kind": "input", **_facts(_real(layer.xs[:steps]))})
    return [{**value, "label": shown.get(value["key"], value["key"])} for value in found]


def _described(layer: LayerTrace, name: str, values: np.ndarray) -> dict[str, Any]:
    facts = _facts(_real(values))
    kind = layer.kind(name)
    gate = name in gate_names(layer.plan)
    note = {"modulus": True} if np.iscomplexobj(values) else {}
    note |= {"matrix": True} if len(layer.shapes[name]) > 1 else {}
    return {"kind": "gate" if gate else kind, **note, **facts}


def _facts(values: np.ndarray) -> dict[str, Any]:
    known = np.abs(values[np.isfinite(values)])
    usual = float(np.percentile(known, USUAL)) if known.size else 0.0
    return {"units": values.shape[1], "usual": _short(usual), **quantised(values, columns=True)}


def _kept(layer: LayerTrace) -> list[str]:
    """The names whose values are on the page: an old state is a new one a step later, so it needs no room."""
    return [
        name
        for name in layer.values
        if len(_units(layer, name)[0]) <= LARGEST
        and not (name.endswith(OLD) and name.removesuffix(OLD) in layer.values)
    ]


def _units(layer: LayerTrace, name: str) -> np.ndarray:
    return layer.units(name)[:1]


def _real(values: np.ndarray) -> np.ndarray:
    """Numbers that colours can show: a complex one by its modulus."""
    return np.abs(values) if np.iscomplexobj(values) else values.astype(np.float64)


def _short(value: float) -> float | None:
    return float(f"{value:.3g}") if math.isfinite(value) else None

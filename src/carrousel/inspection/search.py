"""Select and match: where else in a corpus the same units are on over a span (LSTMVis; Strobelt et al. 2018).

Each unit is one bit a step, on where its value is above a threshold; a million steps of 650 units are 81 MB, and a
question reads the bits of the units that it asks for alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Bool, Int, UInt8

from carrousel.errors import SettingsError, TextError
from carrousel.inspection.tracing import named_plan, open_network
from carrousel.model import Model
from carrousel.models import LanguageModel
from carrousel.text import Tokenizer

THRESHOLD: Final = 0.3
"""Above it a unit is on, by default."""
STREAMS: Final = 64
"""Parts of a corpus that are read side by side, each from the start state."""
SHORT: Final = 1 << 12
"""Tokens that each part has at least."""
STEPS: Final = 256
LOOKED_AT: Final = 1000
"""Matches whose units are looked at one by one, the most promising ones."""


class Match(NamedTuple):
    """One place where the units are on."""

    begin: int
    stop: int
    """The span is from `begin` to before `stop`."""
    units: tuple[int, ...]
    """Those of the units asked for that are on through the whole span."""


@dataclass(frozen=True, kw_only=True, eq=False)
class StateIndex:
    """Which units are on at each step of a corpus."""

    bits: UInt8[np.ndarray, "units bytes"]
    """Eight steps a byte, the first in the highest bit."""
    ids: Int[np.ndarray, " time"]
    """The token that is read at each step."""
    tokenizer: Tokenizer
    layer: int
    """From 1."""
    name: str
    """The value that is looked at."""
    threshold: float
    streams: int
    """Parts that were read side by side, each from the start state."""

    @property
    def units(self) -> int:
        """The number of units."""
        return len(self.bits)

    def on(
        self, units: Sequence[int] | np.ndarray, begin: int = 0, stop: int | None = None
    ) -> Bool[np.ndarray, "units time"]:
        """Whether each of some units is on at each step of a stretch."""
        stop = len(self.ids) if stop is None else stop
        first = begin // 8
        rows = np.unpackbits(self.bits[np.asarray(units, np.int64), first : -(-stop // 8)], axis=1)
        return rows[:, begin - 8 * first : stop - 8 * first].view(bool)

    def text(self, match: Match, *, around: int = 5) -> tuple[str, str, str]:
        """The text before a match, in it, and after it."""
        begin, stop = max(0, match.begin - around), min(len(self.ids), match.stop + around)
        cuts = (begin, match.begin, match.stop, stop)
        before, inside, after = (self.tokenizer.decode(self.ids[a:b].tolist()) for a, b in pairwise(cuts))
        return before, inside, after


def units_on(
    values: np.ndarray, begin: int, stop: int, *, threshold: float = THRESHOLD, edges: bool = True
) -> tuple[int, ...]:
    """The units that are on at every step of a span, and with `edges` off just before and just after it.

    Args:
        values: (time, units).
        begin: the first step of the span.
        stop: the step after its last.
        threshold: above it a unit is on.
        edges: whether a unit has to be off at the steps beside the span.

    Raises:
        SettingsError: the span is empty or outside.
    """
    if not 0 <= begin < stop <= len(values):
        raise SettingsError(f"a span lies within the {len(values)} steps and is not empty, got {begin} to {stop}")
    on = values > threshold
    chosen = on[begin:stop].all(axis=0)
    if edges and begin > 0:
        chosen &= ~on[begin - 1]
    if edges and stop < len(values):
        chosen &= ~on[stop]
    return tuple(np.flatnonzero(chosen).tolist())


def find_spans(
    index: StateIndex, units: Collection[int], *, steps: int, share: float = 1.0, edges: bool = True, top: int = 20
) -> list[Match]:
    """Where units are on over a span, the best first: most units, then the length nearest to the one asked for.

    Args:
        index: a corpus.
        units: the units that should be on.
        steps: the length of the span that was selected.
        share: the least part of the units that has to be on at every step of a match.
        edges: whether a match begins and ends where fewer are on, at the longest; without, any window of `steps`.
        top: matches at most.

    Raises:
        SettingsError: no units, units that are not there, or a number that cannot be.
    """
    wanted = np.unique(np.asarray(list(units), np.int64))
    if not len(wanted):
        raise SettingsError("no unit is on over the whole span, so there is nothing to look for; lower the threshold")
    if wanted[0] < 0 or wanted[-1] >= index.units:
        raise SettingsError(f"units are numbers from 0 to {index.units - 1}, not {wanted.tolist()}")
    if not 1 <= top <= LOOKED_AT:
        raise SettingsError(f"top is a number of matches from 1 to {LOOKED_AT}, not {top}")
    if steps < 1 or not 0 < share <= 1:
        raise SettingsError(f"steps is a whole number from 1 and share lies in (0, 1], got {steps} and {share}")
    needed = max(1, int(np.ceil(share * len(wanted) - 1e-9)))
    counts = _counts(index, wanted)
    begins, stops = _runs(counts >= needed)
    if not edges:
        long = stops - begins >= steps
        begins, stops = begins[long], begins[long] + steps
    fewest = np.minimum.reduceat(np.append(counts, 0), np.stack([begins, stops], axis=1).reshape(-1))[::2]
    order = np.lexsort((begins, np.abs(stops - begins - steps), -fewest.astype(np.int64)))[:LOOKED_AT]
    matches = []
    for begin, stop in zip(begins[order].tolist(), stops[order].tolist(), strict=True):
        through = wanted[index.on(wanted, begin, stop).all(axis=1)]
        matches.append(Match(begin, stop, tuple(through.tolist())))
    matches.sort(key=lambda m: (-len(m.units), abs(m.stop - m.begin - steps), m.begin))
    return matches[:top]


def _counts(index: StateIndex, units: np.ndarray) -> np.ndarray:
    """How many of the units are on at each step."""
    counts = np.zeros(index.bits.shape[1] * 8, np.uint16)
    for unit in units:
        counts += np.unpackbits(index.bits[unit])
    return counts[: len(index.ids)]


def _runs(flags: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where stretches of true begin, and stop."""
    turns = np.flatnonzero(np.diff(np.concatenate([[0], flags.view(np.int8), [0]])))
    return turns[::2], turns[1::2]


def index_states(
    model: Model,
    ids: np.ndarray,
    *,
    layer: int,
    name: str,
    threshold: float = THRESHOLD,
    streams: int | None = None,
    watch: Callable[[int, int], None] | None = None,
) -> StateIndex:
    """Run a model over a corpus and note which units of one value are on.

    Args:
        model: a recurrent language model.
        ids: the corpus as tokens.
        layer: whose value, from 1.
        name: which value: a state or an intermediate, as the cell's equations name it.
        threshold: above it a unit is on.
        streams: parts that are read side by side, each from the start state; by default so many, up to 64, that each
            has at least 4,096 tokens.
        watch: called with the number of tokens read, and of all.

    Raises:
        SettingsError: a layer or a value that is not there.
        TextError: no tokens.
    """
    network = open_network(model)
    if not 1 <= layer <= len(network.layers):
        raise SettingsError(f"layer is a number from 1 to {len(network.layers)}, not {layer}")
    place = network.layers[layer - 1]
    if name not in (known := named_plan(place).named):
        raise SettingsError(f"no value of {place.cell.name} is named {name!r}; there are {', '.join(known)}")
    if not len(ids):
        raise TextError("a corpus without a token has nothing to search; give more text")
    count = min(STREAMS, max(1, len(ids) // SHORT)) if streams is None else streams
    if count < 1:
        raise SettingsError(f"streams is a number of parts from 1, not {streams}")
    length = -(-len(ids) // (count * STEPS)) * STEPS
    tokens = np.zeros(count * length, np.int32)
    tokens[: len(ids)] = ids
    parts = tokens.reshape(count, length)
    states = network.start_state(count)[:layer]
    bits: np.ndarray | None = None
    for begin in range(0, length, STEPS):
        on, states = _on(network, jnp.asarray(parts[:, begin : begin + STEPS].T), states, layer, name, threshold)
        packed = np.packbits(np.asarray(on).reshape(STEPS, count, -1), axis=0)
        if bits is None:
            bits = np.zeros((packed.shape[2], count, length // 8), np.uint8)
        bits[:, :, begin // 8 : (begin + STEPS) // 8] = packed.transpose(2, 1, 0)
        if watch is not None:
            watch(min(len(ids), (begin + STEPS) * count), len(ids))
    assert bits is not None
    return StateIndex(
        bits=bits.reshape(len(bits), -1),
        ids=np.asarray(ids),
        tokenizer=model.tokenizer,
        layer=layer,
        name=name,
        threshold=threshold,
        streams=count,
    )


@eqx.filter_jit
def _on(
    network: LanguageModel, tokens: Array, states: tuple[Any, ...], layer: int, name: str, threshold: float
) -> tuple[Array, tuple[Any, ...]]:
    """Which units are on, (time, batch, …), and the states of the layers up to this one."""
    ys, ends = network.embedding(tokens), []
    for number, (one, state) in enumerate(zip(network.layers[:layer], states, strict=True), 1):
        out = one.run(ys, state, named=number == layer)
        ys = out.outputs
        ends.append(out.state)
    return out.named[name] > threshold, tuple(ends)

"""What one drawn word costs: a small model with rounded weights in microseconds, and many streams beside PyTorch."""

from __future__ import annotations

import functools
import itertools
from typing import Final, get_args

import jax

from carrousel.bench.language_models import LAYERS, STREAMS, VOCABULARY, drawing
from carrousel.bench.result import Result, Row
from carrousel.bench.timing import Run, clock_for, interleave, ratio, unit
from carrousel.bench.torch_peers import samplers
from carrousel.engine import built
from carrousel.generation import Weights
from carrousel.models import LanguageModel

HIDDEN: Final = 256
TOKENS: Final = 256
MICROSECONDS: Final = 300
"""What a word of two layers of 256 units may take, head and choice included."""
SIDE_BY_SIDE: Final = 64
MANY: Final = {"2x512 V96": 64, "2x650 V10k": 16}
"""Words drawn in each of the streams side by side, a call."""
BARS: Final = {"LSTM": 1 / 3, "LSTMCell": None}
"""Many streams may take so much of the time of PyTorch's layer; its cells stand beside it."""


def run_tokens(*, rounds: int, threads: int) -> Result:
    """Time one word of two layers of 256 units and 10,000 words, and 64 streams of two models beside PyTorch.

    One stream is to run on one core: start the command on one. Its ratio is the share of the time allowed.

    Args:
        rounds: turns a side.
        threads: threads that PyTorch may use; ours takes the cores that the process may run on.
    """
    says = (
        f"{unit(threads)} of one stream of 2x{HIDDEN} with {VOCABULARY:,} words, and of {SIDE_BY_SIDE} streams, "
        f"kernels {'' if built() else 'not '}built, PyTorch on {threads} threads, {rounds} rounds"
    )
    return Result(case="token", says=says, rows=[*_one_stream(rounds, threads), *_side_by_side(rounds, threads)])


def _one_stream(rounds: int, threads: int) -> list[Row]:
    network = LanguageModel(VOCABULARY, hidden=HIDDEN, layers=LAYERS, key=jax.random.key(0))
    sides = {weights: drawing(network, TOKENS, weights) for weights in get_args(Weights)}
    rows = []
    for weights, timing in interleave(sides, rounds=rounds, clock=clock_for(threads)).items():
        took = 1e6 * timing.median / TOKENS
        figures = {"microseconds_a_word": round(took, 1), "spread": round(timing.spread, 3)}
        bar = None if weights == "float32" else 1.0
        rows.append(
            Row(name=f"one stream, 2x{HIDDEN} V10k {weights}", ratio=took / MICROSECONDS, bar=bar, figures=figures)
        )
    return rows


def _side_by_side(rounds: int, threads: int) -> list[Row]:
    rows = []
    for name, words in MANY.items():
        hidden, vocabulary, _ = STREAMS[name]
        network = LanguageModel(vocabulary, hidden=hidden, layers=LAYERS, key=jax.random.key(0))
        peers = samplers(vocabulary=vocabulary, hidden=hidden, layers=LAYERS, threads=threads, streams=SIDE_BY_SIDE)
        sides: dict[str, Run] = {f"torch {kind}": functools.partial(peer, words) for kind, peer in peers.items()}
        kept = get_args(Weights) if built() else ("float32",)
        sides |= {weights: drawing(network, words, weights, SIDE_BY_SIDE) for weights in kept}
        times = interleave(sides, rounds=rounds, clock=clock_for(threads))
        for weights, kind in itertools.product(kept, peers):
            ours, theirs = times[weights], times[f"torch {kind}"]
            figures = {
                "ours_words_per_second": round(SIDE_BY_SIDE * words / ours.median),
                "peer_words_per_second": round(SIDE_BY_SIDE * words / theirs.median),
                "ours": ours.json(),
                "peer": theirs.json(),
            }
            row = f"{SIDE_BY_SIDE} streams, {name} {weights} / {kind}"
            rows.append(Row(name=row, ratio=ratio(ours, theirs), bar=BARS[kind], figures=figures))
    return rows

"""A training step of a language model, and sampling of one stream, beside PyTorch."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import get_args

import equinox as eqx
import jax
import numpy as np
import optax

from carrousel.bench.cells import product_operations
from carrousel.bench.result import Result, Row
from carrousel.bench.timing import clock_for, interleave, ratio, unit
from carrousel.bench.torch_peers import language_model_step, samplers
from carrousel.cells import find_cell
from carrousel.engine import built, plan_cell
from carrousel.generation import SamplingSettings, Weights, prepare, sample
from carrousel.layers import trained
from carrousel.models import LanguageModel
from carrousel.training.feeds import Windows
from carrousel.training.objectives import language_model_objective
from carrousel.training.settings import TrainingSettings
from carrousel.training.updates import Carry, Rule, compile_updates

MODELS = {"2x200 T20": (200, 20), "2x650 T35": (650, 35)}
"""Hidden size and steps of the language models of Zaremba, Sutskever & Vinyals 2014."""
STREAMS = {"2x128 V96": (128, 96, 512), "2x512 V96": (512, 96, 128), "2x650 V10k": (650, 10_000, 64)}
"""Hidden size, vocabulary, and tokens drawn a call."""
VOCABULARY, BATCH, LAYERS, UPDATES = 10_000, 20, 2, 4
FASTER = {"float32": 1 / 1.3, "mixed": 0.95}
"""Our step may take so much of PyTorch's time; mixed stands beside its bfloat16 autocast."""
VARIANTS = ("gru", "peephole-lstm", "layer-norm-lstm")
ALLOWED = 1.2
"""A variant's update may take so many times what its share of the LSTM's product operations gives."""
BARS = {"LSTM": 1 / 10, "LSTMCell": None}
"""Sampling may take so much of the time of PyTorch's layer; its cells stand beside it."""


def training_step(cell: str, *, hidden: int, time: int, precision: str) -> Callable[[], object]:
    """Updates as `carrousel train` makes them, `UPDATES` in one compiled call."""
    settings = TrainingSettings(batch=BATCH, unroll=time, precision=precision)  # type: ignore[arg-type]
    network = LanguageModel(VOCABULARY, cell=cell, hidden=hidden, layers=LAYERS, start="uniform", key=jax.random.key(0))
    tokens = np.random.default_rng(0).integers(VOCABULARY, size=(BATCH, UPDATES * time + 1)).astype(np.uint16)
    feed = Windows(streams=tokens, unroll=time, capacity=UPDATES, vocabulary=VOCABULARY)
    rule = Rule(optax.identity(), settings.clip, lambda network: network.embedding.weight)
    updates = compile_updates(network, language_model_objective(settings), rule)
    carry = [Carry(eqx.filter(network, trained(network)), optax.EmptyState(), network.start_state(BATCH))]
    carry[0] = jax.tree.map(lambda a: a.copy(), carry[0])
    rates = np.full(UPDATES, 1.0, np.float32)
    key = jax.random.key(1)

    def run() -> None:
        carry[0], log = updates(carry[0], feed.take(0, UPDATES), rates, UPDATES, 0, key)
        jax.block_until_ready(log.loss)

    return run


def _runs(step: Callable[[], object]) -> bool:
    """Whether PyTorch can do it here: oneDNN has a bfloat16 LSTM for processors with AVX-512 alone."""
    try:
        step()
    except RuntimeError:
        return False
    return True


def share_of_products(cell: str, hidden: int) -> float:
    """The product operations of a model of this cell, its head included, relative to those of one of LSTMs."""

    def operations(name: str) -> int:
        plan = plan_cell(find_cell(name), inputs=hidden, hidden=hidden)
        return LAYERS * product_operations(plan) + hidden * VOCABULARY

    return operations(cell) / operations("lstm")


def run_training(*, rounds: int, threads: int) -> Result:
    """Time the small and the medium language model's update, in float32 and mixed, beside PyTorch's.

    Both sides: embedding, two LSTM layers, softmax over 10,000 words, cross-entropy, clipping at norm 5, SGD, carried
    state. PyTorch runs eagerly, in float32 and under bfloat16 autocast. Ours counts the time of its data too. Models of
    other cells stand beside ours of LSTMs, both mixed.
    """
    rows = []
    for name, (hidden, time) in MODELS.items():
        shape = {"vocabulary": VOCABULARY, "hidden": hidden, "time": time, "batch": BATCH, "layers": LAYERS}

        def several(step: Callable[[], object]) -> Callable[[], object]:
            return lambda: [step() for _ in range(UPDATES)]

        sides = {p: training_step("lstm", hidden=hidden, time=time, precision=p) for p in FASTER}
        sides |= {cell: training_step(cell, hidden=hidden, time=time, precision="mixed") for cell in VARIANTS}
        sides["torch float32"] = several(language_model_step(**shape, bfloat16=False, threads=threads))
        autocast = several(language_model_step(**shape, bfloat16=True, threads=threads))
        if _runs(autocast):
            sides["torch autocast"] = autocast
        times = interleave(sides, rounds=rounds, warm=1, clock=clock_for(threads))
        for ours, peer in (("float32", "torch float32"), ("mixed", "torch autocast")):
            if peer not in times:
                why = "PyTorch has no bfloat16 LSTM for this processor"
                rows.append(Row(name=f"{name} {ours} / {peer}", figures={"peer": why, "ours": times[ours].json()}))
                continue
            figures = {"ours": times[ours].json(), "peer": times[peer].json(), "updates_a_call": UPDATES}
            found = ratio(times[ours], times[peer])
            rows.append(Row(name=f"{name} {ours} / {peer}", ratio=found, bar=FASTER[ours], figures=figures))
        for cell in VARIANTS:
            share = share_of_products(cell, hidden)
            figures = {"share_of_products": round(share, 4), "ours": times[cell].json(), "updates_a_call": UPDATES}
            found = ratio(times[cell], times["mixed"]) / share
            rows.append(Row(name=f"{name} mixed {cell} / lstm x share", ratio=found, bar=ALLOWED, figures=figures))
    says = (
        f"{unit(threads)} of {UPDATES} updates of a language model with 10,000 words, PyTorch on {threads} threads, "
        f"{rounds} rounds{', loops by the compiled kernel where it pays' if built() else ''}"
    )
    return Result(case="training", says=says, rows=rows)


def drawing(network: LanguageModel, tokens: int, weights: Weights, streams: int = 1) -> Callable[[], None]:
    """Drawing so many words in each of several streams, the model prepared beforehand."""
    settings = SamplingSettings(weights=weights)
    ready = prepare(network, settings=settings, samples=streams)

    def draw() -> None:
        for _ in sample(ready, np.zeros(1, np.int32), words=tokens, settings=settings, samples=streams):
            pass

    return draw


def run_sampling(*, rounds: int, threads: int) -> Result:
    """Time drawing one stream of words, token by token, beside PyTorch in inference mode.

    PyTorch in its two usual ways, whole layers (`nn.LSTM`) and single cells (`nn.LSTMCell`). Where the kernels are
    built, what they give with rounded weights stands in rows of its own. Both sides have their matrices ready before.
    """
    rows = []
    for name, (hidden, vocabulary, tokens) in STREAMS.items():
        network = LanguageModel(vocabulary, hidden=hidden, layers=LAYERS, key=jax.random.key(0))
        ours = get_args(Weights) if built() else ("float32",)
        sides = {weights: drawing(network, tokens, weights) for weights in ours}
        peers = samplers(vocabulary=vocabulary, hidden=hidden, layers=LAYERS, threads=threads)
        times = interleave(
            {**sides, **{f"torch {kind}": functools.partial(peer, tokens) for kind, peer in peers.items()}},
            rounds=rounds,
            clock=clock_for(threads),
        )
        for weights in ours:
            for kind in peers:
                mine, theirs = times[weights], times[f"torch {kind}"]
                figures = {
                    "ours_tokens_per_second": round(tokens / mine.median),
                    "peer_tokens_per_second": round(tokens / theirs.median),
                    "ours": mine.json(),
                    "peer": theirs.json(),
                }
                row = f"{name} {weights}{'' if weights == 'float32' else ' kernel'} / {kind}"
                rows.append(Row(name=row, ratio=ratio(mine, theirs), bar=BARS[kind], figures=figures))
    says = f"{unit(threads)} of one stream of words, PyTorch on {threads} threads, {rounds} rounds"
    return Result(case="sampling", says=says, rows=rows)

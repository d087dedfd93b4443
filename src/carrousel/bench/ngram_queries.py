"""N-gram queries a second on one core."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Integer

from carrousel.bench.result import Result, Row
from carrousel.bench.zipf_text import write_zipf_text
from carrousel.ngram.model import NgramModel
from carrousel.ngram.opening import open_ngram
from carrousel.ngram.settings import NgramSettings
from carrousel.ngram.training import UnitSettings, train_ngram
from carrousel.text import open_text

ORDER: Final = 5
BATCH: Final = 1000
WANTED: Final = 1_000_000
"""Queries a second on one core."""


def run_ngram_queries(*, rounds: int, threads: int, data: Path | None = None) -> Result:  # noqa: ARG001 - on one core
    """Ask a 5-gram model for every five-gram of a text that it was not made of, a thousand at a time.

    In the order of the text, where neighbours share work, and mixed, where none do. The ratio is by the time that the
    processor gives, which others on the same core do not lengthen as they do the clock's.

    Args:
        rounds: how often the text is asked for.
        threads: not used.
        data: the folder with ptb.train.txt and ptb.test.txt; without it our sampler's texts are taken.
    """
    with tempfile.TemporaryDirectory(prefix="ngram-") as name:
        folder = Path(name)
        train, test = (folder / f"ptb.{part}.txt" for part in ("train", "test"))
        if data is None:
            write_zipf_text(train, 930_000)
            write_zipf_text(test, 82_000, seed=1)
        else:
            train, test = data / train.name, data / test.name
        train_ngram(open_text(train), NgramSettings(order=ORDER), UnitSettings(), out=folder / "model")
        model = open_ngram(folder / "model")
        tokens = model.encode(test.read_text())
        running = np.lib.stride_tricks.sliding_window_view(tokens, ORDER)
        running = np.ascontiguousarray(running[: len(running) // BATCH * BATCH])
        mixed = np.random.default_rng(0).permutation(running)
        with _one_core():
            rows = [_asked(model, ngrams, rounds, kind) for kind, ngrams in (("in order", running), ("mixed", mixed))]
    source = "our sampler's text" if data is None else "the Penn Treebank"
    return Result(case="ngram-queries", says=f"batches of {BATCH} five-grams of {source}, one core", rows=rows)


def _asked(model: NgramModel, ngrams: Integer[np.ndarray, "n order"], rounds: int, kind: str) -> Row:
    batches = [ngrams[start : start + BATCH] for start in range(0, len(ngrams), BATCH)]
    clock, processor = [], []
    for _ in range(rounds):
        begun = time.perf_counter(), time.process_time()
        for batch in batches:
            model.ask(batch)
        clock.append(time.perf_counter() - begun[0])
        processor.append(time.process_time() - begun[1])
    a_second = len(ngrams) / statistics.median(processor)
    figures = {
        "queries_a_processor_second": round(a_second),
        "queries_a_second": round(len(ngrams) / statistics.median(clock)),
        "best_queries_a_second": round(len(ngrams) / min(clock)),
    }
    return Row(name=f"{kind}: 1 million / queries", ratio=WANTED / a_second, bar=1.0, figures=figures)


@contextmanager
def _one_core() -> Iterator[None]:
    """Stay on one of this process's cores meanwhile."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)

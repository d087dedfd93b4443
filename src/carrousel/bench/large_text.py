"""Training on a text that is larger than memory should be: peak resident memory of the whole process."""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

import numpy as np

from carrousel.bench.result import Result, Row
from carrousel.errors import CarrouselError
from carrousel.text import agreement_lines

BYTES = 2_000_000_000
LIMIT_MIB = 1.5e9 / 2**20
"""Peak resident memory that training on it may take."""
PATIENCE = 1800
"""Seconds after which a run that has logged nothing has failed."""


def run_large_text(*, rounds: int, threads: int = 1) -> Result:  # noqa: ARG001 - a case's signature
    """Train on 2 GB of text in a process of its own; the run is stopped once it has logged some updates.

    Args:
        rounds: how many lines of metrics to wait for.
        threads: not used.

    Raises:
        CarrouselError: the run failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        text, out = Path(folder) / "text.txt", Path(folder) / "run"
        write_large(text, BYTES)
        begun = time.perf_counter()
        arguments = ("train", str(text), "--preset", "zaremba-small", "--out", str(out))
        process = subprocess.Popen(
            [sys.executable, "-m", "carrousel", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        metrics = out / "metrics.jsonl"
        while process.poll() is None and time.perf_counter() - begun < PATIENCE:
            if metrics.exists() and metrics.read_text().count("\n") >= rounds:
                break
            time.sleep(1)
        seconds = time.perf_counter() - begun
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
        if not metrics.exists():
            raise CarrouselError(f"the run failed: {said.decode()[-400:]}")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**10
    figures = {"peak_resident_MiB": round(peak), "text_bytes": BYTES, "seconds_to_these_updates": round(seconds)}
    rows = [Row(name="peak resident memory / 1.5 GB", ratio=peak / LIMIT_MIB, bar=1.0, figures=figures)]
    return Result(case="large-text", says="training on a text of 2 GB, zaremba-small", rows=rows)


def write_large(path: Path, size: int) -> None:
    """Sentences of the built-in grammar, block after block in ever another order, until there are so many bytes."""
    block = list(islice(agreement_lines(np.random.default_rng(0)), 50_000))
    draw = random.Random(0)
    with path.open("w") as file:
        while file.tell() < size:
            draw.shuffle(block)
            file.writelines(block)
        file.flush()
        os.fsync(file.fileno())

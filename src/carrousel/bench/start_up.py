"""How soon a command answers: the help, and the first word of a saved model with and without compiled programs kept."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import jax

from carrousel.bench.result import Result, Row
from carrousel.errors import CarrouselError
from carrousel.models import LanguageModel, save_language_model
from carrousel.text import learn_tokenizer, memory_text

HIDDEN, WORDS = 200, 9_998
"""The small model of Zaremba, Sutskever & Vinyals 2014."""
BARS = {"help": 0.3, "first word, nothing kept": 2.0, "first word, programs kept": 1.0}
"""Seconds from the start of the process to its first output."""
UNUSUAL = ("JAX_COMPILATION_CACHE_DIR", "PYTHONDONTWRITEBYTECODE")
"""What is left out of the environment: a user's Python keeps the bytecode of what it imports."""


class Answer(NamedTuple):
    """One process, from its start to its first output."""

    seconds: float
    processor: float
    """Seconds that processors worked for it until then; on a busy machine fewer than the others."""


def answer(arguments: Sequence[str], cache: Path) -> Answer:
    """Start a command and wait for its first byte, its cache of compiled programs below a folder.

    Raises:
        CarrouselError: it gave no output.
    """
    environment = {name: value for name, value in os.environ.items() if name not in UNUSUAL}
    environment |= {"XDG_CACHE_HOME": str(cache), "JAX_PLATFORMS": "cpu"}
    begun = time.perf_counter()
    command = [sys.executable, "-m", "carrousel", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        first = process.stdout.read(1)
        answered = Answer(time.perf_counter() - begun, _processor_seconds(process.pid))
        _, said = process.communicate()
    if not first:
        raise CarrouselError(f"`{' '.join(arguments)}` gave no output: {said.decode(errors='replace').strip()[-300:]}")
    return answered


def _processor_seconds(pid: int) -> float:
    """User and system time of a living process; not a number where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return float("nan")
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def save_small(folder: Path) -> None:
    """A language model of two layers and 10,000 words, drawn and saved."""
    words = memory_text(" ".join(f"word{n}" for n in range(WORDS)), name="words")
    tokenizer = learn_tokenizer("word", words)
    network = LanguageModel(tokenizer.size, hidden=HIDDEN, layers=2, key=jax.random.key(0))
    save_language_model(folder, network, tokenizer=tokenizer.to_bytes())


def run_start_up(*, rounds: int, threads: int = 1) -> Result:  # noqa: ARG001 - a case's signature
    """Time the first output of `--help`, and of `generate` with an empty and with a filled cache, in turn.

    Args:
        rounds: processes of each kind.
        threads: not used.
    """
    answers: dict[str, list[Answer]] = {name: [] for name in BARS}
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model"
        save_small(model)
        generate = ("generate", str(model), "--tokens", "16", "--seed", "1")
        for n in range(rounds):
            cache = Path(folder) / f"cache-{n}"
            answers["help"].append(answer(("--help",), cache))
            for name in ("first word, nothing kept", "first word, programs kept"):
                answers[name].append(answer(generate, cache))
    rows = []
    for name, bar in BARS.items():
        seconds = statistics.median(a.seconds for a in answers[name])
        figures = {
            "seconds": round(seconds, 3),
            "best_seconds": round(min(a.seconds for a in answers[name]), 3),
            "processor_seconds": round(statistics.median(a.processor for a in answers[name]), 3),
        }
        rows.append(Row(name=name, ratio=seconds / bar, bar=1.0, figures=figures))
    says = f"from a process's start to its first output, 2x{HIDDEN} and {WORDS + 2} words, {rounds} rounds"
    return Result(case="start-up", says=says, rows=rows)

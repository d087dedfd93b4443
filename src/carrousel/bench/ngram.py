"""N-gram estimation beside KenLM's lmplz: the same model, the time, memory and disk it takes."""

from __future__ import annotations

import math
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any, Final

from carrousel.bench.arpa_agreement import compare_arpa
from carrousel.bench.kenlm_agreement import compare_kenlm
from carrousel.bench.processes import Spent, spend
from carrousel.bench.result import Result, Row
from carrousel.bench.zipf_text import write_zipf_text
from carrousel.errors import CarrouselError, SettingsError
from carrousel.ngram.opening import open_ngram

TOKENS: Final = (5_000_000, 10_000_000, 40_000_000)
BEYOND: Final = 400 << 20
"""Bytes that may be resident beyond the memory setting."""
TREEBANK_TIMES, LARGE_TIMES = 4.0, 2.0
"""What our time may be of lmplz's, on the Penn Treebank and on the larger texts."""
EXACT: Final = 1e-5
"""By how much log10 of a probability or a weight may differ."""
TOTAL: Final = 1e-4
"""By how much KenLM's total over a text may differ from ours."""
ONCE: Final = 20_000_000
"""Tokens from which on a text is run once a side, whatever the rounds."""
EVERY_WORD: Final = ("--size", str(1 << 30))
"""So that no word of ours is unknown, as none of lmplz's is."""
SMALL: Final = 512_000_000
"""Bytes of the memory setting at which the largest text must finish too."""


@dataclass(frozen=True, kw_only=True)
class Variant:
    """A model of the Penn Treebank that both sides make."""

    ours: tuple[str, ...]
    theirs: tuple[str, ...]
    perplexity: float
    """That is expected on the test text."""


VARIANTS: Final[Mapping[str, Variant]] = {
    "order 5": Variant(ours=("--order", "5"), theirs=("-o", "5"), perplexity=141.186),
    "order 3": Variant(ours=("--order", "3"), theirs=("-o", "3"), perplexity=148.281),
    "order 5, prune 0 0 1": Variant(
        ours=("--order", "5", "--prune", "0", "0", "1"), theirs=("-o", "5", "--prune", "0", "0", "1"), perplexity=147.4
    ),
    "order 5, unigrams not interpolated": Variant(
        ours=("--order", "5", "--no-interpolate-unigrams"),
        theirs=("-o", "5", "--interpolate_unigrams", "0"),
        perplexity=142.89,
    ),
}


@dataclass(frozen=True)
class Sides:
    """Both programs, with what they are given."""

    lmplz: Path
    memory: int
    folder: Path

    def ours(self, text: Path, *options: str, memory: int | None = None) -> Spent:
        """Make the model folder and the ARPA file of a text."""
        out = self._emptied("ours")
        command = [sys.executable, "-m", "carrousel", "ngram", str(text), "--memory", str(memory or self.memory)]
        return spend([*command, "--out", str(out / "model"), "--arpa", str(out / "model.arpa"), *options], out)

    def theirs(self, text: Path, *options: str) -> Spent:
        """Make the ARPA file of a text."""
        out = self._emptied("theirs")
        command = [str(self.lmplz), "-S", f"{self.memory}b", "-T", str(out), "--text", str(text)]
        return spend([*command, "--arpa", str(out / "model.arpa"), *(options or ("-o", "5"))], out)

    def _emptied(self, name: str) -> Path:
        out = self.folder / name
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        return out


def run_ngram(
    *,
    rounds: int,
    threads: int,  # noqa: ARG001 - a case's signature
    lmplz: Path | None = None,
    data: Path | None = None,
    tokens: Sequence[int] = TOKENS,
    memory: int = 1 << 30,
) -> Result:
    """Make models beside lmplz, interleaved, an ARPA file each; ours writes its model folder in the same time.

    Args:
        rounds: runs a side and text; those of the largest texts are one.
        threads: not used; ours takes all cores, as lmplz does.
        lmplz: the program, built from https://github.com/kpu/kenlm.
        data: the folder with ptb.train.txt and ptb.test.txt; without it the Penn Treebank is left out.
        tokens: of the texts that our sampler writes.
        memory: bytes, the setting of both sides.

    Raises:
        SettingsError: no lmplz is named, or there is none.
        CarrouselError: a run failed.
    """
    if lmplz is None or not lmplz.is_file():
        raise SettingsError("the case ngram compares with KenLM's lmplz; build it and name it with --lmplz PATH")
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="ngram-") as name:
        sides = Sides(lmplz.absolute(), memory, Path(name))
        if data is not None:
            rows += _treebank(sides, data, rounds)
        runs: dict[int, list[Spent]] = {}
        for count in sorted(tokens):
            text = sides.folder / "text.txt"
            write_zipf_text(text, count)
            title = f"{count / 1e6:g} million tokens"
            bar = LARGE_TIMES if count >= 10_000_000 else None
            ours, found = _timed(sides, text, title, rounds if count < ONCE else 1, bar)
            runs[count] = ours
            rows += found
        if tokens:
            rows += _growth(runs)
            least = [sides.ours(text, *EVERY_WORD, memory=SMALL)]
            rows.append(_resident(f"{title}, --memory 512MB", least, SMALL))
    return Result(
        case="ngram",
        says=f"order 5 beside lmplz, ARPA included, both with {memory >> 20} MiB, {rounds} rounds, "
        f"from {ONCE // 1_000_000} million tokens on one",
        rows=rows,
    )


def _treebank(sides: Sides, data: Path, rounds: int) -> list[Row]:
    """Exactness first, on the text with `<unk>` renamed, which lmplz refuses; then time."""
    train, test = (sides.folder / f"{part}.txt" for part in ("train", "test"))
    for path in (train, test):
        path.write_text((data / f"ptb.{path.name}").read_text().replace("<unk>", "UNKWORD"))
    rows = []
    for name, variant in VARIANTS.items():
        sides.ours(train, *variant.ours)
        sides.theirs(train, *variant.theirs)
        found = compare_arpa(sides.folder / "ours" / "model.arpa", sides.folder / "theirs" / "model.arpa")
        perplexity, scored = _perplexity(sides.folder / "ours" / "model", test)
        figures = {
            "counts": found.counts,
            "ngrams_only_one_has": found.alone,
            "farthest_log10": found.farthest,
            "perplexity": round(perplexity, 4),
            "expected_perplexity": variant.perplexity,
            "tokens": scored,
        }
        far = math.inf if found.alone else found.farthest
        rows.append(Row(name=f"ptb {name}: same n-grams, log10", ratio=far, bar=EXACT, figures=figures))
        if variant == VARIANTS["order 5"] and find_spec("kenlm") is not None:
            rows += _kenlm(sides, test)
    return [*rows, *_timed(sides, train, "ptb", rounds, TREEBANK_TIMES)[1]]


def _kenlm(sides: Sides, test: Path) -> list[Row]:
    """What KenLM's package reads out of our file."""
    made = sides.folder / "ours"
    found = compare_kenlm(made / "model.arpa", open_ngram(made / "model"), test)
    return [
        Row(name="ptb order 5, kenlm on our file: a token, log10", ratio=found.farthest, bar=EXACT, figures={}),
        Row(
            name="ptb order 5, kenlm on our file: the total, ours added in single precision as kenlm's",
            ratio=found.apart_in_single,
            bar=TOTAL,
            figures={
                "tokens": found.tokens,
                "tokens_of_other_bits": found.other_bits,
                "total": found.total,
                "apart_if_ours_is_added_in_double": found.apart,
            },
        ),
    ]


def _perplexity(model: Path, text: Path) -> tuple[float, int]:
    opened = open_ngram(model)
    logs = opened.log_probabilities(opened.encode(text.read_text()))
    return math.exp(-logs.mean()), len(logs)


def _timed(sides: Sides, text: Path, title: str, rounds: int, bar: float | None) -> tuple[list[Spent], list[Row]]:
    ours: list[Spent] = []
    theirs: list[Spent] = []
    for n in range(rounds):
        for side, spent in ((sides.ours, ours), (sides.theirs, theirs))[:: 1 if n % 2 == 0 else -1]:
            spent.append(side(text, *(EVERY_WORD if side == sides.ours else ())))
    times = [statistics.median(spent.seconds for spent in side) for side in (ours, theirs)]
    work = [statistics.median(spent.processor_seconds for spent in side) for side in (ours, theirs)]
    begun, worked = time.perf_counter(), time.process_time()
    model = open_ngram(sides.folder / "ours" / "model")
    first = model.score([""])
    opening, opening_work, made = time.perf_counter() - begun, time.process_time() - worked, model.config
    if not first[0] < 0:
        raise CarrouselError("the model gives an empty line no probability below one; it cannot be right")
    figures = {
        "tokens": made["tokens"],
        "ngrams": made["counts"],
        "lmplz_ngrams": _announced(sides.folder / "theirs" / "model.arpa"),
        "distinct_5grams_a_token": round(made["counts"][-1] / made["tokens"], 3),
        "ours_seconds": [round(spent.seconds, 1) for spent in ours],
        "lmplz_seconds": [round(spent.seconds, 1) for spent in theirs],
        "ours_processor_seconds": [round(spent.processor_seconds, 1) for spent in ours],
        "lmplz_processor_seconds": [round(spent.processor_seconds, 1) for spent in theirs],
        "processor_ratio": round(work[0] / work[1], 3),
        "lmplz_peak_MiB": max(spent.peak_bytes for spent in theirs) >> 20,
        "opened_and_asked_seconds": round(opening, 3),
        "opened_and_asked_processor_seconds": round(opening_work, 3),
        "ours_disk_MiB": max(spent.disk_bytes for spent in ours) >> 20,
    }
    row = Row(name=f"{title}: time / lmplz's", ratio=times[0] / times[1], bar=bar, figures=figures)
    return ours, [row, _resident(title, ours, sides.memory)]


def _announced(arpa: Path) -> list[int]:
    """The counts at the head of an ARPA file."""
    with arpa.open("rb") as file:
        return [int(line.split(b"=")[1]) for line in islice(file, 20) if line.startswith(b"ngram ")]


def _resident(title: str, spent: Sequence[Spent], memory: int) -> Row:
    allowed = memory + BEYOND
    peak = max(run.peak_bytes for run in spent)
    figures: dict[str, Any] = {
        "peak_MiB": peak >> 20,
        "allowed_MiB": allowed >> 20,
        "seconds": [round(run.seconds, 1) for run in spent],
        "disk_MiB": max(run.disk_bytes for run in spent) >> 20,
    }
    return Row(name=f"{title}: resident / setting + 400 MiB", ratio=peak / allowed, bar=1.0, figures=figures)


def _growth(runs: Mapping[int, Sequence[Spent]]) -> list[Row]:
    """Time and disk a token at the greatest length, relative to the least."""
    least, most = min(runs), max(runs)
    if least == most:
        return []
    rows = []
    for name, value in (("time", "seconds"), ("processor time", "processor_seconds"), ("disk", "disk_bytes")):
        each = {count: statistics.median(getattr(run, value) for run in runs[count]) / count for count in (least, most)}
        rows.append(Row(name=f"{name} a token, {most} / {least} tokens", ratio=each[most] / each[least], figures={}))
    return rows

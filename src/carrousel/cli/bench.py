"""`carrousel bench`: how fast, beside whom, on what."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from carrousel.bench import CASES, Result
from carrousel.errors import SettingsError
from carrousel.machine import cores


def bench(
    case: str | None = None,
    /,
    *,
    rounds: int = 9,
    threads: int | None = None,
    out: Annotated[Path | None, Parameter(name="--out")] = None,
    lmplz: Path | None = None,
    data: Path | None = None,
    tokens: tuple[int, ...] | None = None,
    as_json: Annotated[bool, Parameter(name="--json", negative=())] = False,
) -> int:
    """Measure a case beside its peers, interleaved in one run, or list the cases.

    Parameters
    ----------
    case:
        What to measure; without it the cases are listed.
    rounds:
        Turns a side.
    threads:
        Threads that the peers may use; by default as many as the cores this process may run on.
    out:
        Write the result to this file as JSON.
    lmplz:
        The case ngram: the program to compare with, built from https://github.com/kpu/kenlm.
    data:
        The cases ngram and ngram-queries: the folder with ptb.train.txt and ptb.test.txt.
    tokens:
        The case ngram: lengths of the texts that our sampler writes; by default 5, 10 and 40 million.
    as_json:
        Print JSON in place of the table.
    """
    if case is None:
        for name, (_, says) in CASES.items():
            print(f"{name:20} {says}")
        return 0
    if case not in CASES:
        raise SettingsError(f"there is no case {case!r}; there are {', '.join(CASES)}")
    if rounds < 1:
        raise SettingsError(f"rounds counts turns, so it cannot be {rounds}")
    run = CASES[case][0]
    own = {name: value for name, value in {"lmplz": lmplz, "data": data, "tokens": tokens}.items() if value is not None}
    for name in own.keys() - inspect.signature(run).parameters.keys():
        raise SettingsError(f"the case {case} does not ask for --{name}; leave it out")
    result = run(rounds=rounds, threads=threads or cores(), **own)
    if out is not None:
        result.write(out)
    if as_json:
        print(json.dumps(result.json(), indent=1))
    else:
        _show(result)
    return 0


def _show(result: Result) -> None:
    table = Table(title=f"{result.case}: {result.says}", title_justify="left")
    for heading in ("", "ratio", "at most", "met", "figures"):
        table.add_column(heading)
    for row in result.rows:
        met = {True: "yes", False: "no", None: ""}[row.met]
        ratio = "" if row.ratio is None else f"{row.ratio:.3f}"
        bar = "" if row.bar is None else f"{row.bar:.3f}"
        table.add_row(row.name, ratio, bar, met, _words(row.figures))
    console = Console()
    console.print(table)
    console.print(
        f"{result.machine['processor']}, {result.machine['cores']} cores, load {result.machine['load']}, "
        f"commit {result.machine['commit']}, {result.machine['versions']}",
        style="dim",
    )


def _words(figures: dict[str, object]) -> str:
    parts = []
    for name, value in figures.items():
        if isinstance(value, dict) and "median_ms" in value:
            parts.append(f"{name} {value['median_ms']:.2f} ms (±{value['spread']:.0%})")
        elif name not in {"best_ms", "spread", "calls"}:
            parts.append(f"{name} {value}")
    return ", ".join(parts)

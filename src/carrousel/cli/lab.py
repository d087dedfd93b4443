"""`carrousel lab`: the claims of the lecture notes, and what we measure of them."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated, Any, Final

from cyclopts import Parameter
from rich import box
from rich.console import Console
from rich.table import Table

from carrousel.cli.arguments import FACT
from carrousel.cli.lab_progress import LabProgress
from carrousel.cli.signals import STOPPED, wish_to_stop
from carrousel.errors import SettingsError, require
from carrousel.lab import CLAIMS, find_claim, last_recorded
from carrousel.lab.claim import Claim
from carrousel.lab.runs import Order, run_claim
from carrousel.lab.workbench import Stopped

WIDE: Final = 110
"""Columns from which on the list has sources and seeds too."""


def lab(
    claim: str | None = None,
    /,
    *,
    out: Path | None = None,
    seeds: int | None = None,
    data: Path | None = None,
    reduced: Annotated[bool, FACT] = False,
    resume: Annotated[bool, FACT] = False,
    overwrite: Annotated[bool, FACT] = False,
    png: Annotated[bool, FACT] = False,
    as_json: Annotated[bool, Parameter(name="--json", negative=())] = False,
) -> int:
    """Put a claim to the test and write a report, or list the claims with what was last recorded.

    The folder gets report.txt, report.json, report.html and pictures/, and keeps the trained runs. Ctrl-C stops cleanly
    (exit code 75), and --resume goes on.

    Args:
        claim: Which; without it the claims are listed.
        out: Folder of the run; by default lab/ and the claim's name.
        seeds: How many seeds, from 1 on; by default the claim's own number.
        data: Folder that holds the corpora, for the claims that need some.
        reduced: A small form that takes seconds and shows the direction only.
        resume: Go on with the run in the folder.
        overwrite: Replace the run in the folder.
        png: Write the plots as PNG too; needs the extra plot.
        as_json: Print JSON in place of the table or the report.
    """
    if claim is None:
        _list(as_json=as_json)
        return 0
    found = find_claim(claim)
    if png:
        require("matplotlib", extra="plot")
    order = _order(found, out, seeds, data, reduced=reduced, resume=resume, overwrite=overwrite)
    try:
        with (
            wish_to_stop("stopping after the updates under way; once more Ctrl-C stops at once") as stop,
            LabProgress() as progress,
        ):
            record = run_claim(order, now=time.monotonic, watch=progress.watch, note=progress.note, stop=stop)
    except Stopped:
        print(f"stopped; go on with: {order.command} --resume")
        return STOPPED
    if png:
        record.write_png(order.folder)
    if as_json:
        print(json.dumps(record.json(), indent=1, ensure_ascii=False))
    else:
        record.show(Console(highlight=False))
        print(f"{order.folder / 'report.html'} holds the report with its plots")
    return 0


def _order(
    claim: Claim,
    out: Path | None,
    seeds: int | None,
    data: Path | None,
    *,
    reduced: bool,
    resume: bool,
    overwrite: bool,
) -> Order:
    """The run that was asked for, and the command that asks for it again."""
    count = seeds if seeds is not None else 1 if reduced else claim.seeds
    if count < 1:
        raise SettingsError(f"seeds counts runs, so it cannot be {count}")
    if claim.corpora and data is None:
        raise SettingsError(f"{claim.name} needs {', '.join(claim.corpora)}; give the folder that holds it by --data")
    folder = out or Path("lab") / claim.name
    words: dict[str, Any] = {"--out": out, "--seeds": seeds, "--data": data}
    flags = "".join(f" {name} {value}" for name, value in words.items() if value is not None)
    return Order(
        claim=claim,
        folder=folder,
        seeds=tuple(range(1, count + 1)),
        scale="reduced" if reduced else "full",
        data=data,
        command=f"carrousel lab {claim.name}{flags}{' --reduced' if reduced else ''}",
        resume=resume,
        overwrite=overwrite,
    )


def _list(*, as_json: bool) -> None:
    known = [(find_claim(name), last_recorded(name)) for name in CLAIMS]
    if as_json:
        rows = [
            {"name": c.name, "title": c.title, "source": c.source, "minutes": c.minutes, "recorded": r}
            for c, r in known
        ]
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    console = Console(highlight=False)
    wide = console.width >= WIDE
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("claim", "what it says", *(["source"] if wide else []), "last\nrecorded", "a full\nrun"):
        table.add_column(heading, no_wrap=not heading.startswith(("what", "source")))
    for claim, record in known:
        seeds = f" ({len(record['seeds'])} seeds)" if record and wide else ""
        last = f"{record['verdict']}{seeds}" if record else "–"
        time_ = f"{claim.minutes:,.0f} min" if claim.minutes >= 1 else "seconds"
        table.add_row(claim.name, claim.title, *([claim.source] if wide else []), last, time_)
    console.print(table)
    print("carrousel lab NAME puts a claim to the test")

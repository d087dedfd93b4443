"""A report with all that is needed to make it again, written for a terminal, for machines and for a browser."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table as Drawn

from carrousel.errors import TrainingError, require
from carrousel.lab.claim import Claim
from carrousel.lab.report import HEADINGS, Part, Report, Table
from carrousel.pages import Curves, Html, Page, Section, table

JSON, TEXT, PAGE, PICTURES = "report.json", "report.txt", "report.html", "pictures"
WIDTH: Final = 110
"""Columns of the plain text."""
SCALES: Final = {"full": "the full protocol", "reduced": "a reduced form, which shows the direction and no more"}


@dataclass(frozen=True, kw_only=True)
class Record:
    """A report and where it comes from."""

    claim: Claim
    report: Report
    scale: str
    """`full` or `reduced`."""
    seeds: tuple[int, ...]
    command: str
    seconds: float
    """Wall time, over all sittings."""
    machine: dict[str, Any]

    def json(self) -> dict[str, Any]:
        """As JSON values."""
        of_claim = {name: getattr(self.claim, name) for name in ("title", "source", "says", "protocol")}
        own = {name: getattr(self, name) for name in ("scale", "command", "seconds", "machine")}
        return {"name": self.claim.name, **of_claim, **own, "seeds": list(self.seeds), **self.report.json()}

    def write(self, folder: Path) -> None:
        """Write report.json, report.txt, report.html and pictures/ into a folder.

        Raises:
            TrainingError: the file system refused.
        """
        try:
            (folder / PICTURES).mkdir(parents=True, exist_ok=True)
            for name, curves in self.pictures().items():
                (folder / PICTURES / f"{name}.svg").write_text(curves.svg() + "\n", encoding="utf-8")
            (folder / JSON).write_text(json.dumps(self.json(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
            (folder / TEXT).write_text(self.text(), encoding="utf-8")
            self.page().write(folder / PAGE)
        except OSError as error:
            raise TrainingError(f"the report in {folder} cannot be written: {error.strerror}; make room") from error

    def write_png(self, folder: Path) -> None:
        """Write the plots as PNG beside their SVG.

        Raises:
            MissingPackageError: matplotlib is not installed.
        """
        require("matplotlib", extra="plot")
        from matplotlib.figure import Figure  # noqa: PLC0415 - an extra

        for name, curves in self.pictures().items():
            drawn = Figure(figsize=(8, 4.5), layout="constrained")
            axes = drawn.subplots()
            for label, points in curves.curves.items():
                axes.plot(*zip(*points, strict=True), label=label, marker="." if len(points) <= 40 else "")
            axes.set(title=curves.title, xlabel=curves.x, ylabel=curves.y)
            axes.set_xscale("log" if curves.log_x else "linear")
            axes.set_yscale("log" if curves.log_y else "linear")
            axes.legend()
            drawn.savefig(folder / PICTURES / f"{name}.png", dpi=150)

    def pictures(self) -> dict[str, Curves]:
        """The plots by the names of their files."""
        return self.report.pictures(self.claim.name)

    def text(self) -> str:
        """For a terminal and for a file."""
        console = Console(width=WIDTH, record=True, file=io.StringIO(), highlight=False, markup=False, emoji=False)
        self.show(console)
        return "\n".join(line.rstrip() for line in console.export_text().splitlines()) + "\n"

    def show(self, console: Console) -> None:
        """Print it."""
        claim = self.claim
        console.print(claim.title, style="bold", markup=False)
        for head, body in (("Source", claim.source), ("Claim", claim.says), ("Protocol", claim.protocol)):
            console.print(f"{head}: {body}", markup=False, highlight=False)
        console.print(self._where(), style="dim", markup=False, highlight=False)
        console.print(_findings(self.report))
        for part in self.report.parts:
            console.print(_drawn(part), markup=False, highlight=False)

    def page(self) -> Page:
        """One HTML file that asks for nothing."""
        claim, report = self.claim, self.report
        told = table(report.rows, columns=HEADINGS, caption="Disagreements stand first.")
        found = Section("What was found", told)
        asked = Section("The claim", claim.says, f"Source: {claim.source}")
        way = Section("The protocol", claim.protocol, self._where())
        seen = Section("In detail", *(_on_page(part) for part in report.parts)) if report.parts else None
        sections = [found, asked, way, *([seen] if seen else [])]
        return Page(claim.title, sections, lead=f"Verdict: {report.verdict}.")

    def _where(self) -> str:
        machine = self.machine
        return (
            f"Run: {SCALES[self.scale]}; seeds {', '.join(map(str, self.seeds))}; {self.seconds:,.0f} s; "
            f"{machine['processor']}, {cores(machine)}, load {machine['load']}; commit {machine['commit']}; "
            f"{self.command}"
        )


def _findings(report: Report) -> Drawn:
    drawn = Drawn(title="What was found", title_justify="left", show_lines=True)
    for heading in HEADINGS:
        drawn.add_column(heading, overflow="fold")
    for row in report.rows:
        drawn.add_row(*row)
    return drawn


def _drawn(part: Part) -> Any:
    if isinstance(part, str):
        return part
    if isinstance(part, Curves):
        return f"[plot] {part.title}: {', '.join(part.curves)}"
    drawn = Drawn(title=part.caption, title_justify="left")
    for column in part.columns:
        drawn.add_column(str(column), overflow="fold")
    for row in part.rows:
        drawn.add_row(*(shown(value) for value in row))
    return drawn


def cores(machine: Mapping[str, Any]) -> str:
    """How many cores a run had, in words."""
    return f"{machine['cores']} core{'s' if machine['cores'] != 1 else ''}"


def shown(value: Any) -> str:
    """A cell of a table in plain text."""
    if value is None:
        return "–"
    return f"{value:,.4g}" if isinstance(value, float) else f"{value:,}" if type(value) is int else str(value)


def _on_page(part: Part) -> str | Html:
    if isinstance(part, str):
        return part
    if isinstance(part, Table):
        return table(part.rows, columns=list(part.columns), caption=part.caption)
    return part.html()

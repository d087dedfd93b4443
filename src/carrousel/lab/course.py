"""The course in docs/lab: `python -m carrousel.lab.course DIR…` takes over the reports of full runs.

Each report goes to `recorded/` in this package, its plots to docs/lab/pictures, and what it found into the claim's page
docs/lab/NAME.md, between two marks. Without a folder the pages are written anew from what is recorded.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from carrousel.errors import SettingsError
from carrousel.lab import CLAIMS, last_recorded
from carrousel.lab.record import JSON, cores, shown
from carrousel.lab.report import HEADINGS, Report, Table
from carrousel.pages import Curves

BEGIN, END = "<!-- recorded: begin -->", "<!-- recorded: end -->"
"""What stands between them is written by this module."""
PACKAGE: Final = Path(__file__).parent / "recorded"


def take_over(folder: Path, package: Path = PACKAGE) -> str:
    """Keep the report of a full run as the recorded one; its claim's name.

    Raises:
        SettingsError: it is the report of a reduced run, or of no claim of ours.
    """
    stored = json.loads((folder / JSON).read_text(encoding="utf-8"))
    name = str(stored["name"])
    if stored["scale"] != "full" or name not in CLAIMS:
        raise SettingsError(f"{folder / JSON} is of {name}, a {stored['scale']} run; full runs of claims are recorded")
    package.mkdir(exist_ok=True)
    (package / f"{name}.json").write_text(json.dumps(stored, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return name


def recorded_block(stored: Mapping[str, Any]) -> str:
    """What a recorded run found, as Markdown; plots lie in pictures/."""
    report, machine = Report.from_json(stored), stored["machine"]
    seeds = ", ".join(map(str, stored["seeds"]))
    where = f"{stored['seconds']:,.0f} s, {cores(machine)}, {machine['processor']}"
    lines = [
        BEGIN,
        f"**Verdict: {report.verdict}.** Seeds {seeds}, {where}",
        f"(load {machine['load']}), commit {machine['commit']}: `{stored['command']}`",
        "",
        *_rows(HEADINGS, report.rows),
    ]
    files = iter(report.pictures(stored["name"]))
    for part in report.parts:
        if isinstance(part, Curves):
            lines += ["", f"![{part.title}](pictures/{next(files)}.svg)"]
        elif isinstance(part, Table):
            lines += ["", f"*{part.caption}*", "", *_rows(part.columns, part.rows)]
        else:
            lines += ["", part]
    return "\n".join([*lines, END])


def page_with(text: str, block: str) -> str:
    """A page with the block in the place of the one that it has, or at its end."""
    if BEGIN in text and END in text:
        return text[: text.index(BEGIN)] + block + text[text.index(END) + len(END) :]
    return f"{text.rstrip()}\n\n## What was found\n\n{block}\n"


def pictures(stored: Mapping[str, Any]) -> dict[str, str]:
    """File name -> SVG."""
    plots = Report.from_json(stored).pictures(stored["name"])
    return {f"{name}.svg": plot.svg() + "\n" for name, plot in plots.items()}


def write_pages(docs: Path) -> None:
    """Bring every claim's page and its pictures up to what is recorded; a page that is missing is begun."""
    for name in CLAIMS:
        stored = last_recorded(name)
        if stored is None:
            continue
        (docs / "pictures").mkdir(parents=True, exist_ok=True)
        for file, svg in pictures(stored).items():
            (docs / "pictures" / file).write_text(svg, encoding="utf-8")
        page = docs / f"{name}.md"
        begun = f"# {stored['title']}\n\n{stored['says']}\n\n{stored['protocol']}\n"
        text = page.read_text(encoding="utf-8") if page.is_file() else begun
        page.write_text(page_with(text, recorded_block(stored)), encoding="utf-8")


def _rows(columns: Any, rows: Any) -> list[str]:
    """A Markdown table."""
    told = [" | ".join(_cell(value) for value in row) for row in rows]
    return [f"| {' | '.join(map(str, columns))} |", "|---" * len(columns) + "|", *(f"| {row} |" for row in told)]


def _cell(value: Any) -> str:
    return shown(value).replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    for given in sys.argv[1:]:
        take_over(Path(given))
    write_pages(Path("docs/lab"))

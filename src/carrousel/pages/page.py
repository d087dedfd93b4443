"""A page: its sections in one file that asks for nothing."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

from carrousel.pages.html import Html, escape, joined, paragraph

ALWAYS: Final = ("page.js", "colours.js")
DRAWN: Final = {
    "lines": ("uplot/uPlot.iife.min.js", "lines.js"),
    "heat": ("heat.js",),
}
"""Class of a figure -> the scripts that draw it."""
LAST: Final = "begin.js"
"""Draws what stands on the page, after all else is known."""


@dataclass(frozen=True)
class Section:
    """A part of a page under a title of its own."""

    title: str
    content: tuple[object, ...]

    def __init__(self, title: str, *content: object) -> None:
        object.__setattr__(self, "title", title)
        object.__setattr__(self, "content", content)

    @property
    def id(self) -> str:
        """The name by which the page's list of contents finds it."""
        return re.sub(r"\W+", "-", self.title.lower()).strip("-") or "section"

    def html(self) -> Html:
        """The section; a string in it is a paragraph."""
        inside = joined(part if isinstance(part, Html) else paragraph(part) for part in self.content)
        name = escape(self.id)
        title = f'<h2 id="{name}-title">{escape(self.title)}</h2>'
        return Html(f'<section id="{name}" aria-labelledby="{name}-title">{title}{inside}</section>')


@dataclass(frozen=True)
class Page:
    """What stands on a page."""

    title: str
    sections: Sequence[Section]
    lead: object = ""
    """What stands under the title."""
    scripts: Sequence[str] = ()
    """The text of scripts of this page's own; they run after ours."""
    styles: Sequence[str] = ()
    """The text of style sheets of this page's own."""
    uses: Sequence[str] = ()
    """What the page's own scripts draw by: `lines`, `heat`. What its figures need is found by itself."""

    def html(self) -> str:
        """The whole file."""
        body = joined(section.html() for section in self.sections)
        used = [kind for kind in DRAWN if kind in self.uses or f'<figure class="{kind}"' in body]
        names = [*ALWAYS, *(name for kind in used for name in DRAWN[kind])]
        scripts = [*map(asset, names), *self.scripts, asset(LAST)]
        styles = [*([asset("uplot/uPlot.min.css")] if "lines" in used else []), asset("page.css"), *self.styles]
        hashes = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
        policy = (
            f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; "
            "base-uri 'none'; form-action 'none'"
        )
        lead = "" if self.lead == "" else self.lead if isinstance(self.lead, Html) else paragraph(self.lead)
        return "".join(
            [
                '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">',
                f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
                '<meta name="viewport" content="width=device-width, initial-scale=1">',
                '<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">',
                f"<title>{escape(self.title)}</title>",
                *(f"<style>{style}</style>" for style in styles),
                '</head>\n<body><a class="skip" href="#content">Skip to the content</a>',
                f"<header><h1>{escape(self.title)}</h1>{lead}</header>",
                self._contents(),
                f'<main id="content">{body}</main>\n',
                *(f"<script>{script}</script>\n" for script in scripts),
                "</body></html>\n",
            ]
        )

    def write(self, path: Path | str) -> int:
        """Write the file; its size in bytes."""
        written = self.html().encode()
        Path(path).write_bytes(written)
        return len(written)

    def _contents(self) -> str:
        """The list of contents, for a page of several sections."""
        if len(self.sections) < 2:
            return ""
        links = joined(Html(f'<li><a href="#{escape(s.id)}">{escape(s.title)}</a></li>') for s in self.sections)
        return f'<nav aria-label="Contents"><ul>{links}</ul></nav>'


def asset(name: str) -> str:
    """The text of a file in assets/."""
    return (files("carrousel.pages") / "assets" / name).read_text(encoding="utf-8")


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()

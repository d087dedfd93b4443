"""What came of a claim: findings beside what was published, disagreements first, tables and curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal, get_args

from carrousel.errors import SettingsError
from carrousel.pages import Curves

Verdict = Literal["disagrees", "in part", "agrees", "no figure"]
"""What our figure says of the published one; the order is that of a report."""


def verdict_of(held: int, of: int) -> Verdict:
    """Of so many runs or cases in which a claim held: agrees where it was all of them, in part where it was some."""
    return "agrees" if held == of else "in part" if held else "disagrees"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was measured."""

    what: str
    """What it is, with its condition: «median of 5 seeds, T = 100»."""
    ours: str
    """What we found, with its unit and spread."""
    published: str = ""
    """What the source says; empty where it gives no figure that can be compared."""
    verdict: Verdict = "no figure"
    because: str = ""
    """Why it may differ, or what the verdict rests on."""

    def __post_init__(self) -> None:
        if self.verdict not in get_args(Verdict):
            raise SettingsError(f"a verdict is one of {', '.join(get_args(Verdict))}, not {self.verdict!r}")


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows under columns."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]


HEADINGS: Final = ("what", "ours", "published", "verdict", "remark")

Part = str | Table | Curves
"""A paragraph, a table or a plot."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a claim's run gives."""

    findings: Sequence[Finding]
    parts: Sequence[Part] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)
    """All numbers for machines: JSON values."""

    @property
    def ordered(self) -> list[Finding]:
        """The findings, those that disagree first."""
        order = get_args(Verdict)
        return sorted(self.findings, key=lambda finding: order.index(finding.verdict))

    @property
    def rows(self) -> list[tuple[str, str, str, Verdict, str]]:
        """The findings as rows of a table, under `HEADINGS`."""
        return [(f.what, f.ours, f.published or "–", f.verdict, f.because) for f in self.ordered]

    def pictures(self, name: str) -> dict[str, Curves]:
        """The plots of the claim of this name, by the names of their files."""
        plots = [part for part in self.parts if isinstance(part, Curves)]
        return {f"{name}-{place}": plot for place, plot in enumerate(plots, start=1)}

    @property
    def verdict(self) -> Verdict:
        """Of the whole: in part where findings differ."""
        told = {finding.verdict for finding in self.findings} - {"no figure"}
        if not told:
            return "no figure"
        return told.pop() if len(told) == 1 else "in part"

    def json(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "verdict": self.verdict,
            "findings": [asdict(finding) for finding in self.ordered],
            "parts": [_stored(part) for part in self.parts],
            "figures": dict(self.figures),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Report:
        """A report that was stored."""
        findings = [Finding(**finding) for finding in values["findings"]]
        return cls(findings=findings, parts=[_part(p) for p in values["parts"]], figures=values["figures"])


def _stored(part: Part) -> dict[str, Any]:
    if isinstance(part, str):
        return {"kind": "text", "text": part}
    if isinstance(part, Table):
        return {"kind": "table", **asdict(part)}
    curves = {name: [[float(a), float(b)] for a, b in points] for name, points in part.curves.items()}
    axes = {name: getattr(part, name) for name in ("title", "x", "y", "log_x", "log_y")}
    return {"kind": "curves", **axes, "curves": curves}


def _part(values: Mapping[str, Any]) -> Part:
    given = {name: value for name, value in values.items() if name != "kind"}
    if values["kind"] == "text":
        return str(given["text"])
    if values["kind"] == "table":
        return Table(**given)
    curves = {name: [(a, b) for a, b in points] for name, points in given.pop("curves").items()}
    return Curves(curves=curves, **given)

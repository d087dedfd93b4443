"""What a case measured: rows with a bar each where one was set, and the machine."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from carrousel.machine import machine


@dataclass(frozen=True, kw_only=True)
class Row:
    """One comparison."""

    name: str
    figures: dict[str, Any]
    ratio: float | None = None
    """Ours relative to the peer's; the figure that the bar is about."""
    bar: float | None = None
    """What the ratio may be at most."""

    @property
    def met(self) -> bool | None:
        """Whether the bar is met; None where none was set."""
        return None if self.ratio is None or self.bar is None else self.ratio <= self.bar


@dataclass(frozen=True, kw_only=True)
class Result:
    """All rows of one case, and where they were measured."""

    case: str
    says: str
    """What was compared, in one sentence."""
    rows: list[Row]
    machine: dict[str, Any] = field(default_factory=machine)

    def json(self) -> dict[str, Any]:
        """The result as plain data."""
        rows = [{"name": r.name, "ratio": r.ratio, "bar": r.bar, "met": r.met, **r.figures} for r in self.rows]
        return {"case": self.case, "says": self.says, "machine": self.machine, "rows": rows}

    def write(self, path: Path) -> None:
        """Write the result as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.json(), indent=1) + "\n")

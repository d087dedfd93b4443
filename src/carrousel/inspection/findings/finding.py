"""One table of what was found, with what a reader must know of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Numbers by rows and columns, for a picture beside a table."""

    rows: Sequence[str]
    columns: Sequence[str]
    values: np.ndarray
    """(rows, columns)."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What was found."""

    kind: str
    """`gates`, `memory`, `gradients`, `probe`, `units`, `ablation`, `blanks`, `patch` or `search`."""
    title: str
    about: str
    """What was done, in a sentence."""
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    """Text and numbers; None where there is nothing."""
    grid: Grid | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    """The same as plain values, with all that the table leaves out."""

    def as_json(self) -> dict[str, Any]:
        """The finding as plain values."""
        return {"kind": self.kind, "title": self.title, "about": self.about, **self.details}

"""A claim of the lecture notes or of a paper, and how it is put to the test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from carrousel.lab.report import Report
    from carrousel.lab.workbench import Workbench


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What is claimed, by whom, and what we do about it."""

    name: str
    """What the command line calls it."""
    title: str
    """The claim in a line."""
    source: str
    """Lecture notes and papers: authors, year, section."""
    says: str
    """What the source says, in our words."""
    protocol: str
    """What is measured and how."""
    run: Callable[[Workbench], Report]
    """Measures."""
    seeds: int = 3
    """Seeds of a full run, where nothing else is said."""
    minutes: float = 1.0
    """An estimate of how long a full run takes on a free core; a recorded run says how long it took where it ran."""
    corpora: tuple[str, ...] = ()
    """Folders that `--data` has to hold."""

"""When a run has learned what it was to learn, and may end before its last check."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from carrousel.errors import SettingsError
from carrousel.training.metrics import Figure


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """Conditions of success; all that are given have to hold. With none of them a run goes on to its end.

    The last training sequences are followed update by update, so that the first update after which the conditions on
    them hold is known; those on the test sequences are looked at when a check, an epoch of the run, ends, and so is
    whether the run may end.
    """

    recent: int | None = None
    """So many training sequences in a row, the last ones, are to be right."""
    recent_error: float | None = None
    """The mean absolute error of the last `recent` training sequences is to be below this."""
    test_wrong: int | None = None
    """At most so many test sequences may be wrong."""
    test_error: float | None = None
    """The mean absolute error on the test sequences is to be below this."""
    test_squared: float | None = None
    """The mean squared error on the test sequences is to be below this."""

    def __post_init__(self) -> None:
        if self.recent_error is not None and self.recent is None:
            raise SettingsError("recent_error is the mean error of the last `recent` sequences; say how many")
        for name, value in vars(self).items():
            if value is not None and value < 0:
                raise SettingsError(f"{name} is from 0 on, got {value}")

    def see(self, known: dict[str, Any], counts: Mapping[str, Float[np.ndarray, " n"]], *, update: int) -> None:
        """Follow the training sequences of some updates, in their order.

        Args:
            known: what is known so far, JSON values, empty at the start; it is changed.
            counts: of each update: `sequences`, those of them that are `right`, and the sum of their errors, `error`.
            update: the number of updates before these.
        """
        if self.recent is None:
            return
        columns = (counts[name].tolist() for name in ("sequences", "right", "error"))
        for place, (sequences, right, error) in enumerate(zip(*columns, strict=True), start=update + 1):
            if right < sequences:
                known["streak"], known["errors"] = 0, []
            else:
                known["streak"] = known.get("streak", 0) + sequences
                known.setdefault("errors", [])
                low = self.recent_error is None
                if self.recent_error is not None:
                    known["errors"] = last = [*known["errors"], error][-round(self.recent / sequences) :]
                    low = sum(last) / (len(last) * sequences) < self.recent_error
                if known["streak"] >= self.recent and low:
                    known.setdefault("met", place)

    def met(self, known: Mapping[str, Any], figures: Mapping[str, Figure]) -> bool:
        """Whether all conditions hold, given what was seen in training and what the last check found."""
        most = {"wrong": self.test_wrong, "error": self.test_error, "squared_error": self.test_squared}
        asked = {name: limit for name, limit in most.items() if limit is not None}
        if not asked and self.recent is None:
            return False
        below = all(figures[n] <= m if n == "wrong" else figures[n] < m for n, m in asked.items())
        return below and (self.recent is None or "met" in known)

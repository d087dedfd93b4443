"""The stretches of a text over which gradients are followed back: at most 32 end points, and so many steps each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Int

from carrousel.errors import SettingsError

ENDS: Final = 32
"""End points that are followed back, at most."""
LAGS: Final = 100
"""Steps that each is followed back, where the text is long enough."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Windows:
    """Where gradients begin, and how far they are followed."""

    ends: Int[np.ndarray, " ends"]
    """The steps at whose states or losses they begin."""
    lags: int
    """How many steps each is followed back."""
    possible: int
    """How many steps could have been ends; where there are more than were taken, the taken ones are a sample."""

    @property
    def steps(self) -> Int[np.ndarray, "lags ends"]:
        """The steps that are undone, the last first."""
        return self.ends - np.arange(self.lags)[:, None]

    @property
    def words(self) -> str:
        """What was taken, in words."""
        taken = f"{len(self.ends)} end points" if len(self.ends) > 1 else "1 end point"
        of = "all" if len(self.ends) == self.possible else f"evenly spaced among {self.possible:,}"
        return f"{taken} ({of}), each followed back {self.lags} steps"


def choose_windows(time: int, *, lags: int | None = None, ends: int | None = None) -> Windows:
    """End points evenly spaced over the steps that have enough steps before them.

    Args:
        time: the number of steps.
        lags: how many steps each is followed back; by default 100, or half of a shorter text.
        ends: how many end points at most; 32 by default.

    Raises:
        SettingsError: a number that cannot be, or a text that is too short.
    """
    ends = ENDS if ends is None else ends
    if ends < 1:
        raise SettingsError(f"ends is a number of end points from 1, not {ends}")
    lags = max(1, min(LAGS, time // 2)) if lags is None else lags
    if not 1 <= lags <= time:
        raise SettingsError(f"lags is a number of steps from 1 to the {time} of this text, not {lags}")
    possible = time - lags + 1
    places = np.linspace(time - 1, lags - 1, min(ends, possible))[::-1].round().astype(np.int64)
    return Windows(ends=places, lags=lags, possible=possible)

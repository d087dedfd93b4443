"""What cells cost relative to the LSTM, as `carrousel bench cells-cost --out FILE` recorded it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from carrousel.errors import SettingsError


@dataclass(frozen=True, kw_only=True)
class Costs:
    """Times of the LSTM's."""

    ratios: Mapping[str, float] = field(default_factory=dict)
    """Cell -> its time / the LSTM's."""
    says: str = ""
    """What was measured, and where."""


def read_costs(path: Path | None) -> Costs:
    """The costs in a result file; none without one.

    Raises:
        SettingsError: the file cannot be read, or is of another case.
    """
    if path is None:
        return Costs()
    try:
        result = json.loads(path.read_text(encoding="utf-8"))
        machine = result["machine"]
        where = f"{machine['processor']}, {machine['cores']} core(s), commit {machine['commit']}"
        ratios = {row["cell"]: float(row["ratio"]) for row in result["rows"]}
    except OSError as error:
        raise SettingsError(f"the costs {path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise SettingsError(
            f"{path} has no costs of cells; carrousel bench cells-cost --out FILE writes them"
        ) from error
    return Costs(ratios=ratios, says=f"{result['says']} ({where})")

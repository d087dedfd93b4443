"""Values for a page's scripts: JSON that never runs, and arrays at 8 bit."""

from __future__ import annotations

import base64
import json
import math
from typing import Any, Final

import numpy as np

from carrousel.pages.html import Html, escape

LEVELS: Final = 254
"""Steps between the least and the greatest value; level 0 stands for what is no finite number."""


def data(value: object, *, id: str | None = None) -> Html:  # noqa: A002 - HTML's own name
    """Plain values inside a page; figures that are no finite number are null."""
    text = json.dumps(_finite(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    safe = text.replace("<", "\\u003c")  # so that no text can end the element
    name = f' id="{escape(id)}"' if id else ""
    return Html(f'<script type="application/json"{name}>{safe}</script>')


def quantised(values: Any) -> dict[str, Any]:
    """An array at 8 bit: `low` and `high` are its least and greatest value, `bytes` its levels in base64.

    Level k from 1 is `low + (k - 1) (high - low) / 254`, so no value is off by more than a 508th of the range.
    """
    array = np.asarray(values, np.float64)
    known = np.isfinite(array)
    low, high = (float(array[known].min()), float(array[known].max())) if known.any() else (0.0, 0.0)
    share = (array - low) / (high - low) if high > low else np.zeros_like(array)
    levels = np.where(known, 1 + np.rint(LEVELS * np.where(known, share, 0.0)), 0).astype(np.uint8)
    return {"low": low, "high": high, "bytes": base64.b64encode(levels.tobytes()).decode()}


def _finite(value: object) -> object:
    if isinstance(value, dict):
        return {str(name): _finite(entry) for name, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(entry) for entry in value]
    if isinstance(value, (np.ndarray, np.generic)):
        return _finite(value.tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value

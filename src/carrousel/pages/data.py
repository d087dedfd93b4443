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


def quantised(values: Any, *, columns: bool = False) -> dict[str, Any]:
    """An array at 8 bit: `low` and `high` are its least and greatest value, `bytes` its levels in base64, row by row.

    Level k from 1 is `low + (k - 1) (high - low) / 254`, so no value is off by more than a 508th of the range.

    Args:
        values: an array.
        columns: whether each place along the last axis has a range of its own; `low` and `high` are lists then.
    """
    array = np.asarray(values, np.float64)
    known = np.isfinite(array)
    axes = tuple(range(array.ndim - 1)) if columns else None
    low, high = _rounded(array, known, axes, np.inf), _rounded(array, known, axes, -np.inf)
    wide = np.where(high > low, high - low, 1.0)
    share = np.clip((np.where(known, array, low) - low) / wide, 0.0, 1.0)
    levels = np.where(known, 1 + np.rint(LEVELS * share), 0).astype(np.uint8)
    return {"low": low.tolist(), "high": high.tolist(), "bytes": base64.b64encode(levels.tobytes()).decode()}


def _rounded(array: np.ndarray, known: np.ndarray, axes: tuple[int, ...] | None, start: float) -> np.ndarray:
    """The least or greatest known values, to six digits, 0 where none is known."""
    if array.size == 0:
        return np.zeros(array.shape[-1:] if axes is not None else ())
    filled = np.where(known, array, start)
    found = np.asarray(filled.min(axis=axes) if start > 0 else filled.max(axis=axes))
    rounded = [float(f"{v:.6g}") if np.isfinite(v) else 0.0 for v in found.ravel()]
    return np.asarray(rounded).reshape(found.shape)


def _finite(value: object) -> object:
    if isinstance(value, dict):
        return {str(name): _finite(entry) for name, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(entry) for entry in value]
    if isinstance(value, (np.ndarray, np.generic)):
        return _finite(value.tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value

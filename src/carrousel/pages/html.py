"""Text that is markup already, told apart from text that is not."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable


class Html(str):
    """Markup, put on a page as it is; any other string is text and is escaped."""

    __slots__ = ()

    def __add__(self, other: str) -> Html:
        return Html(super().__add__(escape(other)))


def escape(text: object) -> Html:
    """Text as markup that shows it; markup as it is."""
    return text if isinstance(text, Html) else Html(html.escape(str(text)))


def joined(parts: Iterable[object]) -> Html:
    """Pieces of markup and of text one after the other."""
    return Html("".join(map(escape, parts)))


def paragraph(*parts: object) -> Html:
    """One paragraph of text and markup."""
    return Html(f"<p>{joined(parts)}</p>")


def number(value: object) -> str:
    """A number as readers like it: whole ones with commas, others with four digits; a dash where there is none."""
    if value is None:
        return "–"
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, int):
        return f"{value:,}".replace("-", "−")
    if not math.isfinite(value):
        return "–" if math.isnan(value) else "∞" if value > 0 else "−∞"
    if value and not 1e-4 <= abs(value) < 1e7:
        mantissa, _, power = f"{value:.2e}".partition("e")
        return f"{mantissa}·10{str(int(power)).translate(_RAISED)}".replace("-", "−")
    text = f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    return text.replace("-", "−")


_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")

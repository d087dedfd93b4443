"""Tables, and bars inside a table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from carrousel.errors import SettingsError, ShapeError
from carrousel.pages.html import Html, escape, joined, number


def table(rows: Sequence[Sequence[object]], *, columns: Sequence[str], caption: str = "") -> Html:
    """Rows under columns; numbers stand to the right, the first column names its row.

    Args:
        rows: text, numbers, markup, or None where there is nothing; as many in each as there are columns.
        columns: what each column is.
        caption: what the table is.
    """
    for row in rows:
        if len(row) != len(columns):
            raise ShapeError(f"a row has {len(row)} cells under {len(columns)} columns: {row!r}")
    right = [bool(rows) and all(_is_number(row[k]) for row in rows) for k in range(len(columns))]
    plain = all(right[1:]) and len(columns) > 1  # one word for the table is shorter than one for each cell
    head = joined(Html(f'<th scope="col"{_side(right[k])}>{escape(column)}</th>') for k, column in enumerate(columns))
    body = joined(
        Html(f"<tr>{joined(_cell(v, k, right=right[k] and not (plain and k)) for k, v in enumerate(row))}</tr>")
        for row in rows
    )
    told = Html(f"<caption>{escape(caption)}</caption>") if caption else ""
    inside = (
        f"<table{' class=numbers' if plain else ''}>{told}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )
    return Html(
        f'<div class="wide" tabindex="0" role="region" aria-label="{escape(caption or "table")}">{inside}</div>'
    )


def bars(values: Mapping[str, float], *, title: str, most: float | None = None) -> Html:
    """A number for each name, with a bar as long as the number is great.

    Args:
        values: the numbers, none negative, in the order in which they stand.
        title: what the numbers are.
        most: the number whose bar fills the width; by default the greatest.
    """
    full = most or max((v for v in values.values() if math.isfinite(v)), default=0.0) or 1.0
    rows = joined(_bar(name, value, value / full if math.isfinite(value) else 0.0) for name, value in values.items())
    return Html(f'<table class="bars"><caption>{escape(title)}</caption><tbody>{rows}</tbody></table>')


def _bar(name: str, value: float, share: float) -> Html:
    if value < 0:
        raise SettingsError(f"a bar cannot show {value} for {name}; line_plot shows negative numbers")
    bar = f'<td class="bar"><span style="width:{100 * min(share, 1.0):.1f}%"></span></td>'
    return Html(f'<tr><th scope="row">{escape(name)}</th>{bar}<td class="number">{number(value)}</td></tr>')


def _cell(value: object, place: int, *, right: bool) -> Html:
    shown = value if isinstance(value, Html) else escape(number(value))
    if place == 0:
        return Html(f'<th scope="row"{_side(right)}>{shown}</th>')
    return Html(f"<td{_side(right)}>{shown}</td>")


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, (int, float)) and not isinstance(value, bool))


def _side(right: bool) -> str:  # noqa: FBT001 - one thing, said by its name
    return ' class="number"' if right else ""

"""Figures that the page's scripts draw, each with its data as a table, and drawings that need none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from carrousel.errors import ShapeError
from carrousel.pages.data import data, quantised
from carrousel.pages.html import Html, escape
from carrousel.pages.tables import table

EIGHT_BIT: Final = "Values are shown at 8 bit: none is off by more than a 508th of the range."


def figure(kind: str, title: str, body: object, below: object = "") -> Html:
    """A figure with its caption; `kind` is the class by which styles and scripts know it."""
    return Html(
        f'<figure class="{escape(kind)}"><figcaption>{escape(title)}</figcaption>{escape(body)}{escape(below)}</figure>'
    )


def folded(summary: str, inside: object) -> Html:
    """What is there for who opens it."""
    return Html(f"<details><summary>{escape(summary)}</summary>{escape(inside)}</details>")


def line_plot(
    series: Mapping[str, Sequence[float | None]],
    *,
    title: str,
    x: Sequence[float] | None = None,
    x_label: str = "",
    y_label: str = "",
    log: bool = False,
) -> Html:
    """Series over one axis: drag to zoom, double click or Escape for the whole, arrow keys to read off.

    Args:
        series: name -> its values, as many as x; None or NaN leaves a gap.
        title: what the plot shows.
        x: where the values stand; by default 0, 1, 2, …
        x_label: what x is.
        y_label: what the values are, with their unit.
        log: whether the vertical axis is logarithmic; values that are not positive are gaps then.
    """
    length = max((len(values) for values in series.values()), default=0)
    places = list(range(length)) if x is None else [_plain(v) for v in x]
    for name, values in series.items():
        if len(values) != len(places):
            raise ShapeError(f"{name} has {len(values)} values for {len(places)} places on the axis")
    columns = [[_plain(v) for v in values] for values in series.values()]
    facts = {
        "title": title,
        "names": list(series),
        "log": log,
        "labels": [x_label, y_label],
        "data": [places, *columns],
    }
    rows = list(zip(places, *columns, strict=True))
    told = table(rows, columns=[x_label or "place", *series], caption=title)
    plot = f'<div class="plot" tabindex="0" role="img" aria-label="{escape(_told(title, series, log=log))}"></div>'
    said = '<p class="read" aria-live="polite"></p>'
    return figure("lines", title, Html(plot + said), Html(data(facts) + folded("Data as a table", told)))


def heat_map(
    values: Any,
    *,
    title: str,
    rows: Sequence[str],
    columns: Sequence[str],
    signed: bool | None = None,
) -> Html:
    """Rows by columns in colours: blue is more, orange is below zero; + and - zoom, arrow keys read off.

    Args:
        values: (rows, columns).
        title: what the map shows.
        rows: a name for each row.
        columns: a name for each column.
        signed: whether zero lies in the middle of the colours; by default where there are negative values.
    """
    array = np.asarray(values, np.float64)
    if array.shape != (len(rows), len(columns)):
        raise ShapeError(f"a map of {len(rows)} rows and {len(columns)} columns cannot show values of {array.shape}")
    facts = {"title": title, "rows": list(rows), "columns": list(columns), "signed": signed, **quantised(array)}
    return figure("heat", title, Html(f"{data(facts)}"), Html(f'<p class="note">{EIGHT_BIT}</p>'))


def drawing(svg: str, *, title: str) -> Html:
    """An SVG of ours as a figure; it tells what it shows by its own title and description."""
    return figure("drawing", title, Html(f'<div class="wide" tabindex="0">{svg}</div>'))


def _told(title: str, series: Mapping[str, Sequence[float | None]], *, log: bool) -> str:
    axis = ", on a logarithmic axis" if log else ""
    return f"{title}: {', '.join(series)}{axis}. Arrow keys read it off; the data follows as a table."


def _plain(value: Any) -> Any:
    if value is None:
        return None
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and not np.isfinite(value) else value

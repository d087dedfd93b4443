"""A layer's cell on a page: its equations a row each and its drawing, with room for the numbers of a step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from carrousel.engine.card import Card, make_card
from carrousel.engine.equations.expressions import Applied, Binary, Expression, Number, Option, Symbol, Unary
from carrousel.engine.typeset import labels
from carrousel.inspection.trace import LayerTrace
from carrousel.pages import Html, drawing, escape, joined, mathml, paragraph
from carrousel.pages.mathml import rows

UNIT_BY_UNIT: Final = frozenset(
    {
        "sigmoid", "tanh", "exp", "expm1", "log", "log1p", "relu", "softplus", "silu", "log_sigmoid", "abs", "square",
        "sqrt", "sin", "cos", "sign", "maximum", "minimum", "where", "clip", "stop", "round", "floor",
    }
)  # fmt: skip
"""Functions whose result for a unit depends on that unit alone."""


def anatomy_card(layer: LayerTrace) -> Card:
    """All that is known of a layer's cell."""
    return make_card(layer.cell, inputs=layer.inputs, hidden=layer.hidden)


def shown_names(card: Card, layer: LayerTrace) -> dict[str, str]:
    """What each value of a trace is called in the equations' text and in the drawing."""
    return labels(card.reading, [*layer.plan.named], in_latex=False) | {"x": "x"}


def anatomy(card: Card, layer: LayerTrace, *, cell: int) -> Html:
    """The equations as a table that a script fills in, and the drawing.

    Args:
        card: of the layer's cell.
        layer: the layer.
        cell: the number of the cell on the page, by which the script finds it.
    """
    written = labels(card.reading, [*layer.plan.named])
    marks = {latex: key for key, latex in written.items()}
    marks |= {mark: "x" for mark in ("x_t", "x_n", "x_k") if mark in card.latex}
    lines = zip(rows(card.latex), card.reading.equations, strict=True)
    body = joined(_row(latex, equation.value, marks) for latex, equation in lines)
    head = "".join(f'<th scope="col">{name}</th>' for name in ("equation", "for the unit", "all units", "mean"))
    equations = Html(f'<table class="anatomy"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>')
    legend = joined(Html(f"<li>{escape(line)}</li>") for line in (*card.legend, card.reading.note) if line)
    wide = Html(f'<div class="wide equations" tabindex="0" role="region" aria-label="Equations">{equations}</div>')
    told = Html(f'<ul class="note">{legend}</ul>') if legend else Html("")
    title = f"One step of {card.cell.name}, with the numbers of the unit"
    where = paragraph(f"{card.cell.name}: {card.cell.source}") if card.cell.source else Html("")
    return Html(f'<div class="cell" data-cell="{cell}">{where}{wide}{told}{drawing(card.svg, title=title)}</div>')


def reads_x(card: Card) -> bool:
    """Whether a row that is filled in has the numbers of x."""
    return any(_is_unit_by_unit(q.value) and Symbol("x", 0) in _symbols(q.value) for q in card.reading.equations)


def _row(latex: str, value: Expression, marks: Mapping[str, str]) -> Html:
    left = latex.partition("&=")[0].strip()
    key = f' data-key="{escape(marks[left])}"' if left in marks else ""
    units = ' data-units="yes"' if _is_unit_by_unit(value) else ""
    cells = '<td class="filled"></td><td class="strip"></td><td class="number"></td>'
    return Html(f'<tr{key}{units}><th scope="row">{mathml(latex, marks=marks)}</th>{cells}</tr>')


def _is_unit_by_unit(expression: Expression) -> bool:
    """Whether a unit's number follows from the same unit's numbers."""
    match expression:
        case Symbol():
            return True
        case Number(value) | Option(_, value):
            return isinstance(value, (int, float))
        case Binary("@", _, _):
            return False
        case Binary() | Unary():
            return all(map(_is_unit_by_unit, expression.parts))
        case Applied(function, arguments, keywords):
            return function in UNIT_BY_UNIT and not keywords and all(map(_is_unit_by_unit, arguments))
    return False


def _symbols(expression: Expression) -> set[Symbol]:
    if isinstance(expression, Symbol):
        return {expression}
    return {symbol for part in expression.parts for symbol in _symbols(part)}

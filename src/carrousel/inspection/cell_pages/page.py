"""The page of one cell: equations, facts, drawing, plan, names elsewhere, source."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from carrousel.engine.card import Card
from carrousel.engine.describe import CLASSES
from carrousel.inspection.cell_pages.costs import Costs
from carrousel.inspection.cell_pages.libraries import Convention, conventions, names
from carrousel.pages import Html, Page, Section, drawing, equations, escape, joined, paragraph, table

INDEX = "index.html"


def cell_page(card: Card, costs: Costs | None = None, *, linked: bool = True) -> Page:
    """All that is known of a cell, on one page that works offline.

    Args:
        card: the cell at its sizes.
        costs: what cells cost; without them the page says nothing of it.
        linked: whether the index and the pages of other cells lie beside it.
    """
    cell = card.cell
    unknown = (paragraph(card.reading.note),) if card.reading.note else ()
    sections = [
        Section("Equations", equations(card.latex, card.legend), *unknown),
        Section("Facts", table(list(facts(card, costs or Costs())), columns=("", ""), caption=f"{cell.name} in facts")),
        Section("Data flow", drawing(card.svg, title=f"What {cell.name} computes from what in one step")),
        Section("Plan", _lines(card.words)),
    ]
    found = names(cell)
    if found:
        rows = list(found.items())
        caption = "names and conventions of other libraries and papers"
        sections.append(Section("Elsewhere", table(rows, columns=("library", "name there"), caption=caption)))
    if sides := conventions(cell.name):
        inside = [convention_html(side, linked=linked) for side in sides]
        sections.append(Section("Which is which", *inside))
    if card.code:
        sections.append(Section("The cell's own text", Html(f"<pre>{escape(card.code)}</pre>")))
    back = Html(f' <a href="{INDEX}">All cells</a>.') if linked else ""
    return Page(cell.name, sections, lead=paragraph(first_line(card), back))


def facts(card: Card, costs: Costs) -> Iterable[tuple[str, object]]:
    """Rows of a name and what is so called."""
    cell, plan = card.cell, card.plan
    inputs, hidden = plan.inputs, plan.hidden
    yield "source", cell.source or "none named"
    yield "departures from it", cell.note or "none that we know of"
    yield "family", cell.family or "none"
    yield "states", "; ".join(f"{name}: {_shape(shape)}" for name, shape in card.states.items())
    if card.inputs:
        yield "further inputs of a step", "; ".join(f"{name}: {_shape(shape)}" for name, shape in card.inputs.items())
    if cell.options:
        yield "options", ", ".join(f"{name} = {value}" for name, value in cell.options.items())
    if cell.keeps:
        yield "keeps", f"{cell.keeps} of the old state"
    size = f"with {inputs:,} inputs and {hidden:,} units"
    yield "parameters", f"{card.parameters.formula} = {card.parameters.count:,} {size}"
    if card.fixed.count:
        yield "numbers never trained", f"{card.fixed.formula} = {card.fixed.count:,}"
    yield "class", f"{plan.kind}: {CLASSES[plan.kind]}"
    if cell.name in costs.ratios:
        yield "measured cost", f"{costs.ratios[cell.name]:.2f} times the LSTM's; {costs.says}"


def convention_html(convention: Convention, *, linked: bool) -> Html:
    """Where a name means several things, and which cell is which."""
    rows = [(_link(name) if linked else name, says) for name, says in convention.cells.items()]
    return joined(
        [
            Html(f"<h3>{escape(convention.name)}</h3>"),
            paragraph(convention.says),
            table(rows, columns=("cell", "what it is"), caption=f"cells called {convention.name}"),
        ]
    )


def first_line(card: Card) -> str:
    """What the cell's file says that it is."""
    module = sys.modules.get(card.cell.function.__module__)
    said = (card.cell.function.__doc__ or getattr(module, "__doc__", None) or card.cell.source or "").strip()
    return said.split("\n\n", maxsplit=1)[0].replace("\n", " ")


def _link(name: str) -> Html:
    return Html(f'<a href="{escape(name)}.html">{escape(name)}</a>')


def _lines(lines: Iterable[str]) -> Html:
    return Html(f"<pre>{escape(chr(10).join(lines))}</pre>")


def _shape(shape: tuple[int, ...]) -> str:
    return " × ".join(f"{size:,}" for size in shape) or "one number"

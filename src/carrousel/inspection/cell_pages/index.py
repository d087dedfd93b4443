"""The catalogue on one page: as HTML with what is measured, and as Markdown with what never changes by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from carrousel.cells import CELLS
from carrousel.engine.card import Card
from carrousel.inspection.cell_pages.costs import Costs
from carrousel.inspection.cell_pages.libraries import CONVENTIONS, LEFT_OUT, names
from carrousel.inspection.cell_pages.page import convention_html
from carrousel.pages import Html, Page, Section, escape, paragraph, table

TITLE = "Cells"


def index_page(cards: Sequence[Card], costs: Costs, failed: Mapping[str, str]) -> Page:
    """The list of all cells with links to their pages.

    Args:
        cards: the cells.
        costs: what they cost.
        failed: cells that have no page at these sizes, and why.
    """
    rows = [
        (
            Html(f'<a href="{escape(card.cell.name)}.html">{escape(card.cell.name)}</a>'),
            card.cell.family,
            " ".join(card.states),
            card.plan.kind,
            card.parameters.count,
            None if card.cell.name not in costs.ratios else round(costs.ratios[card.cell.name], 2),
            card.cell.source,
        )
        for card in cards
    ]
    columns = ("cell", "family", "states", "class", "parameters", "cost", "source")
    hidden = cards[0].plan.hidden if cards else 0
    said = f"Parameters at {hidden:,} units. Cost is time relative to the LSTM's: {costs.says or 'not measured'}."
    without = [paragraph(f"{name} has no page at this size: {why}") for name, why in failed.items()]
    left = table(LEFT_OUT, columns=("what", "why"), caption="left out of the catalogue")
    return Page(
        f"{TITLE}: {len(CELLS)} of them",
        [
            Section("All cells", paragraph(said), table(rows, columns=columns, caption="the catalogue"), *without),
            Section("Which is which", *(convention_html(convention, linked=True) for convention in CONVENTIONS)),
            Section("Left out", left),
        ],
        lead="Each cell is its equations, written once; all else on its page is read off them.",
    )


def index_text() -> str:
    """The catalogue in Markdown."""
    lines = [
        f"# {TITLE}",
        "",
        f"The {len(CELLS)} cells of the catalogue. `make docs` builds a page for each, with its equations, drawing,",
        "plan, parameters and measured cost, into `build/docs/cells`; `carrousel cells NAME` shows the same in a",
        "terminal, and `carrousel cells NAME --pages DIR` writes one page.",
        "",
        "- [What holds each from outside its own file](outside-checks.md)",
        "- [How one more is written](adding-a-cell.md)",
        "- [How fast they are beside other libraries](cells-speed.md)",
        "",
        "| cell | family | states | source | elsewhere |",
        "| --- | --- | --- | --- | --- |",
    ]
    for cell in CELLS.values():
        elsewhere = "; ".join(f"{library}: {name}" for library, name in names(cell).items())
        states = " ".join(cell.signature.states)
        lines.append(f"| {cell.name} | {cell.family} | {states} | {cell.source} | {elsewhere} |")
    lines += ["", "## Which library means which", ""]
    for convention in CONVENTIONS:
        lines += [f"**{convention.name}.** {convention.says}", ""]
        lines += [f"- `{name}`: {says}" for name, says in convention.cells.items()] + [""]
    lines += ["## Left out", "", "| what | why |", "| --- | --- |"]
    lines += [f"| {what} | {why} |" for what, why in LEFT_OUT]
    return "\n".join(lines) + "\n"

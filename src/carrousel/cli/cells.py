"""`carrousel cells`: the catalogue, or all that is known of one cell."""

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from cyclopts import Parameter
from rich import box
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from carrousel.cells import CELLS, find_cell
from carrousel.cli.arguments import FACT
from carrousel.cli.documents import check_places
from carrousel.cli.own_cells import own_cell
from carrousel.engine.card import Card, make_card, size_of_x, summary
from carrousel.engine.planning import plan_cell
from carrousel.errors import CellError, SettingsError, near

SIZE: Final = 200
"""The size of x and of the hidden layer where none is asked for."""
PIPED: Final = 160
"""Columns of the table where nobody looks at it."""
NARROWEST: Final = 16
"""Columns below which the source is left out."""


def cells(
    name: str | None = None,
    *,
    latex: Annotated[bool, FACT] = False,
    plan: Annotated[bool, FACT] = False,
    svg: Path | None = None,
    pages: Path | None = None,
    costs: Path | None = None,
    json_: Annotated[bool, Parameter(name="--json", negative="")] = False,
    family: str | None = None,
    states: int | None = None,
    class_: Annotated[
        Literal["products", "matrix", "elementwise", "linear", "shift"] | None, Parameter(name="--class")
    ] = None,
    inputs: int | None = None,
    hidden: int = SIZE,
) -> None:
    """List the catalogue of cells, or show one: equations, source, plan, parameters and a drawing of its data flow.

    Args:
        name: A cell of the catalogue, or one of your own as FILE.py:NAME.
        latex: The equations alone, in LaTeX.
        plan: The plan alone: what is computed once, for all steps at once, and in every step.
        svg: File to write the drawing to.
        pages: Folder to write a page of HTML to, of the cell, or of every cell with an index.
        costs: What `carrousel bench cells-cost --out FILE` recorded, for the pages.
        json_: Everything as JSON.
        family: List the cells of one family: lstm, gru, plain, linear or continuous.
        states: List the cells with so many states.
        class_: List the cells that run in one way.
        inputs: Size of x; by default 200, or what the cell demands.
        hidden: Size of the hidden layer.
    """
    if min(hidden, inputs or 1) < 1:
        raise SettingsError(f"a size counts units, so it cannot be {min(hidden, inputs or 1)}")
    one = {"--latex": latex, "--plan": plan, "--svg": svg is not None}
    many = {"--family": family is not None, "--states": states is not None, "--class": class_ is not None}
    if wrong := next((flag for flag, given in (one if name is None else many).items() if given), None):
        raise SettingsError(
            f"{wrong} is for one cell; name it: carrousel cells lstm {wrong}"
            if name is None
            else f"{wrong} picks from the list of all cells; leave out {name}, or the flag"
        )
    families = sorted({cell.family for cell in CELLS.values()})
    if family is not None and family not in families:
        raise SettingsError(f"there is no family {family!r}{near(family, families)}")
    check_places(svg)
    if costs is not None and pages is None:
        raise SettingsError("--costs stand on pages; name their folder with --pages")
    if name is None and pages is not None:
        _write_pages(pages, inputs=inputs or SIZE, hidden=hidden, costs=costs)
        return
    if name is None:
        rows = [r for r in _rows(inputs or SIZE, hidden) if _fits(r, family, states, class_)]
        print(json.dumps(rows, ensure_ascii=False, indent=1)) if json_ else _print_table(rows)
        return
    cell = find_cell(own_cell(name) or name)
    card = make_card(cell, inputs=inputs or size_of_x(cell, inputs=SIZE, hidden=hidden), hidden=hidden)
    if svg is not None:
        svg.write_text(card.svg, encoding="utf-8")
    if pages is not None:
        _write_page(card, pages, costs)
    if json_:
        print(json.dumps(card.as_json(), ensure_ascii=False, indent=1))
    elif latex or plan:
        print("\n".join([*([card.latex] if latex else []), *(card.words if plan else [])]))
    elif svg is None and pages is None:
        _print_card(card)


def _write_page(card: Card, folder: Path, costs: Path | None) -> None:
    from carrousel.inspection.cell_pages import cell_page, read_costs  # noqa: PLC0415 - most calls need no pages

    folder.mkdir(parents=True, exist_ok=True)
    cell_page(card, read_costs(costs), linked=False).write(folder / f"{card.cell.name}.html")


def _write_pages(folder: Path, *, inputs: int, hidden: int, costs: Path | None) -> None:
    from carrousel.inspection.cell_pages import read_costs, write_cell_pages  # noqa: PLC0415

    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as bar:
        task = bar.add_task("pages", total=len(CELLS))
        how: dict[str, Any] = {"inputs": inputs, "hidden": hidden, "costs": read_costs(costs)}
        written = write_cell_pages(folder, told=lambda name: bar.update(task, advance=1, description=name), **how)
    print(f"{written} pages of cells and index.html are in {folder}")


def _rows(inputs: int, hidden: int) -> Iterable[dict[str, Any]]:
    """One line a cell; a cell that cannot have these sizes says so in place of its class."""
    for cell in CELLS.values():
        wide = size_of_x(cell, inputs=inputs, hidden=hidden)
        try:
            yield summary(cell, plan_cell(cell, inputs=wide, hidden=hidden))
        except CellError as error:
            yield {"name": cell.name, "family": cell.family, "states": list(cell.signature.states)} | {
                "class": None,
                "parameters": None,
                "hidden": hidden,
                "source": f"not at these sizes: {error}",
            }


def _fits(row: dict[str, Any], family: str | None, states: int | None, class_: str | None) -> bool:
    wanted = ((family, row["family"]), (states, len(row["states"])), (class_, row["class"]))
    return all(asked is None or asked == had for asked, had in wanted)


def _print_table(rows: Sequence[dict[str, Any]]) -> None:
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=PIPED)
    columns = ("cell", "family", "states", "class", "parameters")
    lines = [
        (
            row["name"],
            row["family"],
            " ".join(row["states"]),
            row["class"] or "",
            "" if row["parameters"] is None else f"{row['parameters']:,}",
        )
        for row in rows
    ]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, no_wrap=True, justify="right" if column == "parameters" else "left")
    taken = sum(max(len(line[k]) for line in (columns, *lines)) + 3 for k in range(len(columns))) + 2
    left = console.width - taken
    if left >= NARROWEST:
        table.add_column("source", no_wrap=True)
    for line, row in zip(lines, rows, strict=True):
        source = row["source"] if len(row["source"]) <= left else row["source"][: left - 1] + "…"
        table.add_row(*line, *([source] if left >= NARROWEST else []))
    console.print(table, crop=False)
    print(f"{len(rows)} cells; carrousel cells NAME shows one")


def _print_card(card: Card) -> None:
    cell, console = card.cell, Console(highlight=False, markup=False, soft_wrap=True)
    console.print(f"{cell.name}, family {cell.family or 'none'}: {cell.source or 'no source named'}", style="bold")
    shapes = {**card.inputs, **{f"{k} (state)": v for k, v in card.states.items()}}
    facts = {
        "note": cell.note,
        "also": "; ".join(f"{where}: {what}" for where, what in cell.aka.items()),
        "keeps": f"{cell.keeps} of the old state" if cell.keeps else "",
        "sizes": ", ".join(
            f"{k}: {' × '.join(map(str, v)) or '1'}" for k, v in {"x": (card.plan.inputs,), **shapes}.items()
        ),
        "options": ", ".join(f"{k} = {v}" for k, v in cell.options.items()),
        "trained": f"{card.parameters.formula} = {card.parameters.count:,} numbers",
        "fixed": f"{card.fixed.formula} = {card.fixed.count:,} numbers" if card.fixed.count else "",
        "gradient": f"holds about {card.held.backward:,} numbers a step and sequence" if card.held else "",
    }
    for title, fact in facts.items():
        if fact:
            console.print(f"{title:>8}  {fact}")
    equations = [*card.equations, "", *card.legend, *([card.reading.note] if card.reading.note else [])]
    drawing = list(card.drawing)
    wide = max(map(len, drawing))
    if console.is_terminal and wide > console.width:
        drawing = [f"{wide} columns wide, and this terminal has {console.width}; --svg FILE writes it"]
    for title, lines in {
        "Equations": equations,
        "Source": card.code.splitlines(),
        "Plan": card.words,
        "Data flow": drawing,
    }.items():
        console.print(f"\n{title}", style="bold")
        console.print("\n".join(f"  {line}".rstrip() for line in lines))

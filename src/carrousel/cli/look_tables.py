"""What was found of a model, as tables on a terminal or a pipe."""

from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table

from carrousel.inspection.findings import Finding, flow_table, jacobian_curves, loss_curves, measured
from carrousel.inspection.look import Look
from carrousel.pages import number

PIPED: Final = 160
"""Columns of a table where nobody looks at it."""


def print_look(look: Look, text: str) -> None:
    """All tables of a model; what is said of several tables is said once."""
    layers = ", ".join(f"{layer.cell.name} of {layer.hidden} units" for layer in look.trace.layers)
    print(f"{look.name} on {text}: {look.trace.time:,} steps; {layers}")
    tables = [found for number, layer in enumerate(look.trace.layers, 1) for found in measured(layer, number)]
    for name, flow in look.flows.items():
        tables.append(flow_table(loss_curves(flow), f"{name}: gradient of the loss by earlier states"))
        tables.append(flow_table(jacobian_curves(flow), f"{name}: Jacobian of states by earlier ones"))
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console = Console(highlight=False, markup=False, width=PIPED)
    said: set[str] = set()
    for found in (*tables, *look.findings):
        _print_table(console, found, about=found.about not in said)
        said.add(found.about)


def _print_table(console: Console, found: Finding, *, about: bool) -> None:
    console.print(f"\n{found.title}", style="bold")
    if about:
        console.print(found.about)
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for place, column in enumerate(found.columns):
        right = bool(found.rows) and all(isinstance(row[place], int | float | None) for row in found.rows)
        shown.add_column(column, justify="right" if right else "left")
    for row in found.rows:
        shown.add_row(*map(number, row))
    console.print(shown)

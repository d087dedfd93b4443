"""What came of a comparison of cells: a table for people, and compare.json for machines."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from carrousel.cli.documents import write_document
from carrousel.cli.progress import in_words
from carrousel.training.comparing import Compared
from carrousel.training.folders import COMPARISON


def write_comparison(folder: Path, every: Sequence[Compared]) -> None:
    """Write compare.json: an entry a cell, as it stands."""
    write_document(str(folder / COMPARISON), "train", [_entry(one) for one in every])


def print_comparison(folder: Path, every: Sequence[Compared]) -> None:
    """Print one table, the best first, and where the rest of it is."""
    tested = any(one.trained is not None and one.trained.test for one in every)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    headings = ["cell", "hidden", "perplexity", *(["in test"] if tested else [])]
    for heading in (*headings, "parameters", "tokens/s", "best\nepoch", "best\nupdate"):
        table.add_column(heading, justify="left" if heading == "cell" else "right", no_wrap=True)
    for one in sorted(every, key=_loss):
        trained = one.trained
        best, test = ({}, {}) if trained is None else (trained.best, trained.test)
        figures = [_perplexity(best) if best else one.failed and "failed", *([_perplexity(test)] if tested else [])]
        speed = "" if one.tokens_per_second is None else f"{one.tokens_per_second:,.0f}"
        epoch = "" if trained is None or not trained.best_epoch else str(trained.best_epoch)
        update = f"{one.best_update:,}" if epoch else ""
        table.add_row(one.cell, f"{one.hidden:,}", *figures, f"{one.parameters:,}", speed, epoch, update)
    Console(highlight=False).print(table)
    print(f"each run is a model of its own in {folder}, and {folder / COMPARISON} has these figures")
    for one in every:
        if one.failed:
            print(f"{one.cell} failed: {one.failed}")


def _entry(one: Compared) -> dict[str, Any]:
    trained = one.trained
    figures: Mapping[str, Any] = {} if trained is None else trained.best
    test = {} if trained is None else {f"test_{name}": value for name, value in trained.test.items()}
    return {
        "cell": one.cell,
        "hidden": one.hidden,
        "parameters": one.parameters,
        "folder": str(one.folder),
        "finished": one.finished,
        "failed": one.failed or None,
        "perplexity": figures.get("perplexity"),
        **figures,
        **test,
        "best_epoch": 0 if trained is None else trained.best_epoch,
        "best_update": one.best_update,
        "tokens_per_second": one.tokens_per_second,
    }


def _loss(one: Compared) -> float:
    best = {} if one.trained is None else one.trained.best
    return float(best.get("loss", float("inf")))


def _perplexity(figures: Mapping[str, Any]) -> str:
    return in_words(float(figures["perplexity"])) if figures else ""

"""`carrousel verify`: every file of a model against its manifest."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from carrousel.cli.arguments import DocumentName
from carrousel.cli.documents import STANDARD_OUTPUT, write_document
from carrousel.cli.stages import stages
from carrousel.ngram.arpa_lines import is_arpa
from carrousel.ngram.opening import open_ngram
from carrousel.storage.folder import verify_folder


def verify(model: str, /, *, json: DocumentName = None) -> int:
    """Compare every file of a model with the size and the sha256 in its manifest.

    An ARPA file has no manifest: all its lines are read. Leaves with 1 where a file is missing or not as it was
    written, and names it, or the line.

    Args:
        model: Folder of the model, or an ARPA file.
        json: File for the list as JSON; - prints it in the place of the lines.
    """
    path = Path(model)
    lines, results = _read_arpa(path) if path.is_file() and is_arpa(path) else _compared(model)
    if json != STANDARD_OUTPUT:
        print("\n".join(lines))
    if json is not None:
        write_document(json, "verify", [{"model": model, **entry} for entry in results])
    return 0


def _compared(model: str) -> tuple[list[str], list[dict[str, Any]]]:
    records = verify_folder(model)
    lines = [f"{record.sha256}  {record.size:>12,}  {record.name}" for record in records]
    return [*lines, f"{model}: all {len(records)} files are as they were written"], [asdict(one) for one in records]


def _read_arpa(path: Path) -> tuple[list[str], list[dict[str, Any]]]:
    with stages() as report:
        counts = open_ngram(path, report=report).config["announced"]
    lines = [f"{order}-grams {count:>14,}" for order, count in enumerate(counts, 1)]
    return [*lines, f"{path}: all lines are n-grams, as many as announced"], [{"name": path.name, "counts": counts}]

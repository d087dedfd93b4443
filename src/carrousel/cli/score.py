"""`carrousel score`: the probability of each line of a text."""

import sys
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from carrousel.cli.arguments import DocumentName, TextName
from carrousel.cli.documents import STANDARD_OUTPUT, check_places, write_document
from carrousel.cli.models import load_model
from carrousel.cli.process import Device, choose_device
from carrousel.cli.train_texts import DEFAULT_TEXT
from carrousel.generation import ScoredLine, divisor
from carrousel.model import Model
from carrousel.text import open_text


def score(
    model: str,
    text: TextName = DEFAULT_TEXT,
    /,
    *,
    per_token: Annotated[bool, Parameter(negative="")] = False,
    base: Literal["e", "2", "10"] = "e",
    cell: str | None = None,
    device: Device | None = None,
    json: DocumentName = None,
) -> int:
    """Print the logarithm of each line's probability, each line on its own and its end counted.

    Args:
        model: Folder of the model.
        text: A file, a folder, - for the standard input, builtin:english, builtin:python or builtin:agreement.
        per_token: Print a line for each token, and an empty one after each line of the text.
        base: Base of the logarithm.
        cell: Function of a cell that the model runs and the catalogue lacks: FILE.py:NAME.
        device: What to compute on; by default the best there is.
        json: File for the figures as JSON; - prints them in the place of the lines.
    """
    check_places(json)
    choose_device(device)
    loaded, opened, scale = load_model(model, cell), open_text(text), divisor(base)
    results: list[dict[str, Any]] = []
    for number, line in enumerate(loaded.score_tokens(opened.lines()), start=1):
        if json != STANDARD_OUTPUT:
            sys.stdout.writelines(_printed(loaded, line, scale, per_token=per_token))
        if json is not None:
            results.append(_entry(loaded, line, scale, number, per_token=per_token))
    if json is not None:
        head = {"model": model, "text": opened.name, "base": base}
        write_document(json, "score", [{**head, **entry} for entry in results])
    return 0


def _printed(model: Model, line: ScoredLine, scale: float, *, per_token: bool) -> Iterator[str]:
    if not per_token:
        yield f"{line.log_probability / scale:.6f}\n"
        return
    for word, log_probability in zip(line.words, line.log_probabilities, strict=True):
        yield f"{log_probability / scale:.6f}\t{_visible(model.tokenizer.token(int(word)))}\n"
    yield "\n"


def _entry(model: Model, line: ScoredLine, scale: float, number: int, *, per_token: bool) -> dict[str, Any]:
    entry: dict[str, Any] = {"line": number, "log_probability": line.log_probability / scale, "tokens": len(line.words)}
    if per_token:
        entry["each"] = [
            {"token": model.tokenizer.token(int(word)), "log_probability": float(log_probability) / scale}
            for word, log_probability in zip(line.words, line.log_probabilities, strict=True)
        ]
    return entry


def _visible(token: str) -> str:
    """A token without characters that would break its line."""
    return token.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")

"""`carrousel evaluate`: how well models predict a text."""

import math
from dataclasses import asdict
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from carrousel.cli.arguments import DocumentName, TextName
from carrousel.cli.documents import STANDARD_OUTPUT, write_document
from carrousel.cli.models import load_model, split_models
from carrousel.cli.process import Device, choose_device
from carrousel.cli.progress import in_words, watched
from carrousel.cli.train_texts import DEFAULT_TEXT
from carrousel.errors import SettingsError
from carrousel.evaluation import Report, State
from carrousel.text import Text, open_text


def evaluate(
    *arguments: Annotated[TextName, Parameter(name="MODEL… TEXT")],
    state: State = "carried",
    streams: int = 1,
    precision: Literal["float32", "mixed"] = "float32",
    cell: str | None = None,
    device: Device | None = None,
    json: DocumentName = None,
) -> int:
    """Print how well models predict a text: perplexity, bits, tokens scored, and what was done to measure them.

    Args:
        arguments: Folders of models, and a text: a file, a folder, - for the standard input, builtin:english,
            builtin:python or builtin:agreement. By default builtin:english.
        state: Whether the state is carried through the whole text, or reset after each line.
        streams: Cut the text into so many parts that are read side by side: faster, and another figure.
        precision: Float32, or mixed for products of bfloat16.
        cell: Function of a cell that a model runs and the catalogue lacks: FILE.py:NAME.
        device: What to compute on; by default the best there is.
        json: File for the figures as JSON; - prints them in the place of the words.
    """
    choose_device(device)
    models, name = split_models(arguments)
    if not models:
        raise SettingsError("evaluate needs a model; give the folder of one")
    text: Text | None = None
    results: list[dict[str, Any]] = []
    for path in models:
        model = load_model(path, cell)
        text = text or open_text(name or DEFAULT_TEXT)
        with watched(path) as watch:
            report = model.evaluate(text, state=state, streams=streams, precision=precision, watch=watch)
        entry = {"model": path, "text": text.name, "state": state, "streams": streams, **asdict(report)}
        if text.line_entropy is not None:
            nats = text.line_entropy * sum(1 for _ in text.lines())
            entry["least_perplexity"] = math.exp(nats / report.tokens)
        results.append(entry)
        if json != STANDARD_OUTPUT:
            print(_account(path, text.name, report, entry.get("least_perplexity")))
    if json is not None:
        write_document(json, "evaluate", results)
    return 0


def _account(path: str, text: str, report: Report, least: float | None) -> str:
    """What was found, a line each."""
    rows = [("perplexity", in_words(report.perplexity))]
    if report.unknown and report.perplexity_without_unknown is not None:
        rows.append(("without unknown words", in_words(report.perplexity_without_unknown)))
    if least is not None:
        rows.append(("knowing the grammar", in_words(least)))
    for words, bits in (("character", report.bits_per_character), ("byte", report.bits_per_byte)):
        if bits is not None:
            rows.append((f"bits a {words}", f"{bits:.4f}"))
    rows += [("tokens scored", f"{report.tokens:,}"), ("unknown tokens", f"{report.unknown:,}")]
    rows.append(("protocol", report.protocol))
    return "\n".join([f"{path} on {text}", *(f"  {name:<22} {value}" for name, value in rows)])

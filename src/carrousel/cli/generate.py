"""`carrousel generate`: text that a model draws."""

import secrets
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from carrousel.cli.arguments import DocumentName
from carrousel.cli.documents import STANDARD_OUTPUT, check_places, write_document
from carrousel.cli.process import Device
from carrousel.cli.writers import ready_writer
from carrousel.errors import SettingsError
from carrousel.sampling import SamplingSettings


def generate(
    model: str,
    /,
    *,
    prompt: str = "",
    tokens: int = 200,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    stop: Annotated[list[str] | None, Parameter(negative="")] = None,
    samples: int = 1,
    seed: int | None = None,
    weights: Literal["float32", "bfloat16", "int8"] = "float32",
    cell: str | None = None,
    device: Device | None = None,
    json: DocumentName = None,
) -> int:
    """Draw text from a model and print it as it comes.

    Args:
        model: Folder of the model.
        prompt: Text before; without one, what begins a line.
        tokens: How many to draw at most.
        temperature: What logits are divided by: below 1 likely words become likelier, and 0 takes the likeliest.
        top_k: Draw among so many of the likeliest words.
        top_p: Draw among the likeliest words that together have this probability.
        stop: String before which the text ends; may be given more than once.
        samples: How many texts to draw.
        seed: Where randomness starts; the same seed gives the same text. By default a new one.
        weights: What weights are kept as while drawing: bfloat16 and int8 are read faster and are a little off.
        cell: Function of a cell that the model runs and the catalogue lacks: FILE.py:NAME.
        device: What to compute on; by default the best there is.
        json: File for the texts as JSON; - prints them in the place of the text alone.
    """
    check_places(json)
    if any(not one for one in stop or ()):
        raise SettingsError("--stop is an empty text, before which every text ends; give what it is to end before")
    seed = secrets.randbelow(2**31) if seed is None else seed
    how: dict[str, Any] = {"temperature": temperature, "top_k": top_k, "top_p": top_p, "seed": seed, "weights": weights}
    settings = SamplingSettings(**how)
    ready = ready_writer(model, settings=settings, samples=samples, cell=cell, device=device)
    limits: dict[str, Any] = {"tokens": tokens, "stop": stop or (), "settings": settings}
    show = sys.stdout.write if json != STANDARD_OUTPUT else _silent
    if samples == 1:
        show(prompt)
        drawn = ["".join(_shown(ready.writer.stream(prompt, **limits), show))]
        show("\n")
    else:
        drawn = ready.writer.samples(prompt, count=samples, **limits)
        for place, text in enumerate(drawn, start=1):
            show(f"[{place}/{samples}] {prompt}{text}\n")
    if json is not None:
        write_document(json, "generate", [{"model": model, "prompt": prompt, "text": text, **how} for text in drawn])
    if tokens:
        sys.stdout.flush()
        ready.keep()
    return 0


def _shown(pieces: Iterable[str], show: Callable[[str], object]) -> Iterator[str]:
    """The pieces, each printed as it comes."""
    for piece in pieces:
        if piece:
            show(piece)
            sys.stdout.flush()
        yield piece


def _silent(text: str) -> None:
    del text

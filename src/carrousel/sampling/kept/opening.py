"""Drawing from a model's folder by programs that an earlier process kept."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from carrousel.errors import ModelError
from carrousel.sampling.kept.files import SUFFIX, Kept
from carrousel.sampling.kept.forms import loaded_form, stored_form
from carrousel.sampling.kept.processor import REFUSALS, Processor
from carrousel.sampling.kept.programs import KeptPrograms
from carrousel.sampling.kept.surroundings import surroundings
from carrousel.sampling.settings import Weights
from carrousel.sampling.writer import Writer
from carrousel.storage.folder import load_folder
from carrousel.text.tokenizer import Tokenizer


class Drawing(NamedTuple):
    """What of the way of drawing programs are made for."""

    weights: Weights
    filters: bool
    samples: int


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """Where programs for drawing from models of one form are kept."""

    file: Path
    form: str
    """Of the model."""
    drawing: Drawing
    alone: bool
    """Whether no other device than the CPU must be there."""


def shelf_of(
    model: Path, drawing: Drawing, *, folder: Path, environment: Mapping[str, str], device: str | None
) -> Shelf | None:
    """Where programs are kept; None where none are: for a cell of its maker's own, for other devices.

    Args:
        model: the model's folder.
        drawing: what of the way of drawing they are made for.
        folder: of compiled programs.
        environment: the variables of this process.
        device: what the user wants to compute on.
    """
    form = stored_form(model)
    wanted = device or environment.get("JAX_PLATFORMS")
    around = None if form is None else surroundings(environment, wanted)
    if form is None or around is None:
        return None
    digest = hashlib.sha256(repr((around, form, *drawing)).encode()).hexdigest()
    return Shelf(file=folder / f"{digest}{SUFFIX}", form=form, drawing=drawing, alone=not wanted)


def open_kept(kept: Kept, shelf: Shelf, model: Path) -> Writer | None:
    """What draws from a model by kept programs; None where anything is amiss.

    Whatever is wrong with the model is said by whoever opens it in the ordinary way.
    """
    try:
        stored = load_folder(model)
        tokenizer = Tokenizer.from_bytes(stored.tokenizer or b"")
    except ModelError:
        return None
    if loaded_form(stored) != shelf.form or tokenizer.size != stored.config["vocabulary"]:
        return None
    try:
        programs = kept_programs(kept, stored.arrays, drawing=shelf.drawing, vocabulary=tokenizer.size)
    except REFUSALS:
        return None
    return Writer(tokenizer, lambda settings, samples: programs)  # noqa: ARG005 - the shelf was chosen for them


def kept_programs(kept: Kept, arrays: Mapping[str, np.ndarray], *, drawing: Drawing, vocabulary: int) -> KeptPrograms:
    """Kept programs ready to draw from a model of these arrays; raises one of `REFUSALS` where they cannot be used."""
    processor = Processor(kept.library)
    placed = [processor.place(arrays[name]) for name in kept.parameters]
    made = processor.load(kept.programs["prepare"])(placed)
    states = len(kept.programs["chunk"].results) - 2
    return KeptPrograms(
        vocabulary=vocabulary,
        samples=drawing.samples,
        weights=drawing.weights,
        arrays=placed,
        step=made[: len(made) - states],
        begin=made[len(made) - states :],
        draw=processor.load(kept.programs["chunk"]),
        after=cache(lambda: processor.load(kept.programs["read"])),
    )

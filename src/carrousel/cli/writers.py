"""What draws text for a command: by programs that an earlier process kept, or by the model itself."""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from carrousel.cli.process import Device, choose_device, leave_programs
from carrousel.sampling import SamplingSettings, Writer
from carrousel.sampling.kept import Drawing, Shelf, open_kept, other_devices, read_kept, shelf_of

_YES: Final = ("y", "yes", "t", "true", "on", "1")
"""As jax reads its variables."""


class Ready(NamedTuple):
    """A writer, and what to do when the text is there."""

    writer: Writer
    keep: Callable[[], object]
    """Keep its programs for the next process, if they can be."""


def ready_writer(
    model: str, *, settings: SamplingSettings, samples: int, cell: str | None, device: Device | None
) -> Ready:
    """What draws text from a model.

    Args:
        model: a model folder or an ARPA file.
        settings: how text is drawn.
        samples: how many texts are drawn side by side.
        cell: `FILE.py:NAME` of a cell of its maker's own.
        device: what to compute on; None for the best there is.
    """
    shelf = None if cell is not None else _shelf(model, settings, samples, device)
    kept = None if shelf is None else read_kept(shelf.file)
    if shelf is not None and kept is not None and kept.programs:
        writer = open_kept(kept, shelf, Path(model))
        if writer is not None:
            return Ready(writer, _nothing)
    keeps = shelf is not None and (kept is None or bool(kept.programs)) and not (shelf.alone and other_devices())
    return _ordinary(model, settings, samples, cell, device, shelf if keeps else None)


def _ordinary(
    model: str, settings: SamplingSettings, samples: int, cell: str | None, device: Device | None, shelf: Shelf | None
) -> Ready:
    """What draws by the model itself, and keeps its programs on the shelf."""
    choose_device(device)
    from carrousel.cli.models import load_model  # noqa: PLC0415 - kept programs need neither jax nor a model's classes
    from carrousel.generation import keep_programs, prepare  # noqa: PLC0415
    from carrousel.models.arrays import named_arrays  # noqa: PLC0415

    loaded = load_model(model, cell)
    prepared = cache(lambda: prepare(loaded.network, settings=settings, samples=samples))
    writer = Writer(loaded.tokenizer, lambda *_: prepared())
    if shelf is None:
        return Ready(writer, _nothing)
    leave_programs()
    return Ready(
        writer,
        lambda: keep_programs(prepared(), shelf, settings=settings, parameters=list(named_arrays(loaded.network))),
    )


def _shelf(model: str, settings: SamplingSettings, samples: int, device: Device | None) -> Shelf | None:
    """Where programs are kept, beside those that jax keeps; None where it keeps none, or the model's are not kept."""
    folder = os.environ.get("JAX_COMPILATION_CACHE_DIR")
    keeps = os.environ.get("JAX_ENABLE_COMPILATION_CACHE", "true").lower() in _YES
    if not keeps or not folder or not Path(folder).is_dir() or samples < 1:
        return None
    drawing = Drawing(settings.weights, settings.filters, samples)
    return shelf_of(Path(model), drawing, folder=Path(folder), environment=os.environ, device=device)


def _nothing() -> None:
    """What is kept already is not kept again."""

"""One run of a claim: its folder is begun or gone on with, the claim measures, the report is written."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from carrousel.errors import SettingsError, TrainingError
from carrousel.lab.claim import Claim
from carrousel.lab.record import Record
from carrousel.lab.workbench import KEPT, RUNS, Scale, Workbench
from carrousel.machine import machine
from carrousel.training.folders import write_whole
from carrousel.training.locks import alone

RUN: Final = "run.json"
"""What a run of a claim was begun with, and the seconds of its sittings."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be run, and where."""

    claim: Claim
    folder: Path
    seeds: tuple[int, ...]
    scale: Scale
    data: Path | None
    command: str
    resume: bool = False
    overwrite: bool = False


def run_claim(order: Order, *, now: Callable[[], float], **watched: Any) -> Record:
    """Run a claim to its end and write its report.

    Args:
        order: what, and where.
        now: a clock.
        watched: `watch`, `note` and `stop` of the `Workbench`.

    Raises:
        Stopped: somebody asked for it; the run can be gone on with.
        TrainingError: the folder is not as it should be.
        SettingsError: the run that is to go on was begun with other settings.
    """
    with alone(order.folder):
        return _run(order, now, watched)


def _run(order: Order, now: Callable[[], float], watched: Mapping[str, Any]) -> Record:
    begun, before = now(), _open(order)
    bench = Workbench(folder=order.folder, seeds=order.seeds, scale=order.scale, data=order.data, **watched)
    try:
        report = order.claim.run(bench)
    finally:
        seconds = before + now() - begun
        _note(order, seconds)
    record = Record(
        claim=order.claim,
        report=report,
        scale=order.scale,
        seeds=order.seeds,
        command=order.command,
        seconds=round(seconds, 1),
        machine=machine(),
    )
    record.write(order.folder)
    return record


def _open(order: Order) -> float:
    """Begin the folder, or check that it can be gone on with; the seconds that were spent before."""
    path = order.folder / RUN
    if order.resume:
        if not path.is_file():
            raise TrainingError(f"there is no run of a claim in {order.folder} to go on with; leave out --resume")
        known = json.loads(path.read_text(encoding="utf-8"))
        for name, value in _settings(order).items():
            if known.get(name) != value:
                raise SettingsError(f"the run in {order.folder} was begun with {name} = {known.get(name)}, not {value}")
        return float(known["seconds"])
    held = sorted(p.name for p in order.folder.iterdir()) if order.folder.is_dir() else []
    if held and not (order.overwrite and path.is_file()):
        raise TrainingError(f"{order.folder} is not empty; --resume goes on with a run in it, --overwrite replaces it")
    for name in (RUNS, KEPT):
        shutil.rmtree(order.folder / name, ignore_errors=True)
    _note(order, 0.0)
    return 0.0


def _note(order: Order, seconds: float) -> None:
    try:
        order.folder.mkdir(parents=True, exist_ok=True)
        write_whole(order.folder / RUN, json.dumps({**_settings(order), "seconds": seconds}))
    except OSError as error:
        raise TrainingError(f"the folder {order.folder} cannot be written: {error.strerror}") from error


def _settings(order: Order) -> dict[str, Any]:
    return {"claim": order.claim.name, "seeds": list(order.seeds), "scale": order.scale}

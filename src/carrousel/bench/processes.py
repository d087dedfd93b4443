"""A command in a process of its own: its time, the memory it holds at most, and the disk its folder takes."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from carrousel.errors import CarrouselError

LOOK: Final = 0.1
"""Seconds between two looks at memory and disk."""


@dataclass(frozen=True, kw_only=True)
class Spent:
    """What a command took."""

    seconds: float
    """By the clock."""
    processor_seconds: float
    """Of all its threads."""
    peak_bytes: int
    """Resident at most, as the system's own high-water mark tells at the last look."""
    disk_bytes: int
    """That the files in its folder took at most at one look."""
    said: str
    """What it wrote to its error output."""


def spend(command: Sequence[str], folder: Path) -> Spent:
    """Run a command to its end in a folder.

    Raises:
        CarrouselError: it failed.
    """
    with (folder / "said.txt").open("w+") as said:
        begun = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=said)
        peak = disk = 0
        while True:
            found, status, usage = os.wait4(process.pid, os.WNOHANG)
            seconds = time.perf_counter() - begun
            if found:
                break
            peak, disk = max(peak, _peak(process.pid)), max(disk, _taken(folder))
            time.sleep(LOOK)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read()
    if process.returncode:
        raise CarrouselError(f"{command[0]} failed: {text[-400:]}")
    return Spent(
        seconds=seconds,
        processor_seconds=usage.ru_utime + usage.ru_stime,
        peak_bytes=peak,
        disk_bytes=max(disk, _taken(folder)),
        said=text,
    )


def _peak(process: int) -> int:
    """Read from the process itself, since what wait tells counts the parent's memory at the fork too."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)


def _taken(folder: Path) -> int:
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(place, name)).st_blocks * 512  # noqa: PTH116, PTH118 - files vanish
            except OSError:
                continue
    return total

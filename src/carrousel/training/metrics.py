"""metrics.jsonl: one JSON object a line, appended; on resuming it is cut back to where the checkpoint was."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from carrousel.errors import TrainingError

Figure = int | float | bool


class MetricsFile:
    """A file of lines that only grows, and whose length at a checkpoint is known."""

    def __init__(self, path: Path, *, length: int) -> None:
        """Opens the file and cuts it to `length` bytes: what a run wrote after its checkpoint it will write again."""
        self._path = path
        path.touch()
        os.truncate(path, min(length, path.stat().st_size))

    def append(self, line: Mapping[str, Figure | str]) -> None:
        """Write one line.

        Raises:
            TrainingError: the file system refused.
        """
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
        except OSError as error:
            raise TrainingError(f"{self._path} cannot be written: {error.strerror}; make room and resume") from error

    def settle(self) -> int:
        """Force the lines to the disk; the length of the file in bytes."""
        with self._path.open("ab") as file:
            os.fsync(file.fileno())
            return file.tell()

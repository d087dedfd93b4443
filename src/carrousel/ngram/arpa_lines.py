"""The lines of an ARPA file, checked: what stands where, and which line is wrong."""

import bz2
import gzip
import lzma
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from math import isfinite
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, Final

import numpy as np
from jaxtyping import Float32

from carrousel.errors import ArpaError

_BLOCK: Final = 1 << 15
"""Lines looked at together."""
_SPACE: Final = re.compile(rb"[ \t\r]+")
_OPENERS: Final[Mapping[bytes, Callable[[BinaryIO], Iterable[bytes]]]] = MappingProxyType(
    {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}
)
"""How a packed file is opened, by the bytes that it starts with."""

Words = list[list[bytes]]
Lines = tuple[int, Float32[np.ndarray, " lines"], Words, Float32[np.ndarray, " lines"]]
"""The number of the first line, the logs, the words column by column, the weights."""


class ArpaLines:
    """An ARPA file read from its start to its end."""

    def __init__(self, path: Path, lines: Iterable[bytes]) -> None:
        self._path = path
        self._lines = iter(lines)
        self._number = 0
        self.counts = self._read_counts()
        """How many n-grams of each order, from 1 on, the file says it has."""

    def grams(self, order: int) -> Iterator[Lines]:
        """The n-grams of an order, some thousand at a time; orders are read from 1 on, one after the other.

        Raises:
            ArpaError: a line is not as it must be, or the section holds another number of them.
        """
        header = f"\\{order}-grams:"
        line = self._next_filled(f"the section {header}")
        if line != header.encode():
            raise self.error(f"{header} was expected, got {_shown(line)}")
        left = self.counts[order - 1]
        while left:
            start, lines = self._number + 1, list(islice(self._lines, min(left, _BLOCK)))
            if not lines:
                raise self.error(
                    f"the file ends {left} {order}-grams before the {self.counts[order - 1]} that it announces"
                )
            yield self._parsed(order, start, lines)
            left -= len(lines)
            self._number += len(lines)

    def finish(self) -> None:
        """The end of the file."""
        line = self._next_filled("\\end\\")
        if line != b"\\end\\":
            raise self.error(f"\\end\\ was expected, got {_shown(line)}")
        for line in self._lines:
            self._number += 1
            if line.strip():
                raise self.error(f"nothing may follow \\end\\, got {_shown(line)}")

    def error(self, fault: str, *, line: int | None = None) -> ArpaError:
        """What is wrong, and where; with the line that was read last if no other is given."""
        return ArpaError(f"{self._path}, line {self._number if line is None else line}: {fault}")

    def _read_counts(self) -> list[int]:
        line = self._next_filled("\\data\\")
        while line.startswith(b"#"):
            line = self._next_filled("\\data\\")
        if line != b"\\data\\":
            raise self.error(f"an ARPA file starts with \\data\\, got {_shown(line)}")
        counts: list[int] = []
        while line := self._next(f"the count of {len(counts) + 1}-grams"):
            found = re.fullmatch(rb"ngram +(\d+) *= *(\d+)", line)
            if found is None or int(found[1]) != len(counts) + 1:
                raise self.error(f"'ngram {len(counts) + 1}=' and a count were expected, got {_shown(line)}")
            counts.append(int(found[2]))
        if not counts:
            raise self.error("no count of n-grams follows \\data\\")
        return counts

    def _parsed(self, order: int, start: int, lines: list[bytes]) -> Lines:
        odd = any(b"\x0b" in line or b"\x0c" in line for line in lines)
        rows = [_SPACE.split(line.strip(b" \t\r\n")) if odd else line.split() for line in lines]
        try:
            if not {len(row) for row in rows} <= {order + 1, order + 2}:
                raise ValueError
            logs = np.array([row[0] for row in rows]).astype(np.float64)
            weights = np.array([row[-1] if len(row) > order + 1 else b"0" for row in rows]).astype(np.float64)
            if not (np.isfinite(logs).all() and np.isfinite(weights).all() and (logs <= 0).all()):
                raise ValueError
            if order == len(self.counts) and weights.any():
                raise ValueError
        except ValueError as error:
            raise self._fault(order, start, lines, rows) from error
        words = [[row[place] for row in rows] for place in range(1, order + 1)]
        return start, logs.astype(np.float32), words, weights.astype(np.float32)

    def _fault(self, order: int, start: int, lines: list[bytes], rows: list[list[bytes]]) -> ArpaError:
        """Which of the lines is wrong, and how."""
        for number, (line, row) in enumerate(zip(lines, rows, strict=True), start):
            if fault := _fault_of(order, len(self.counts), line, row):
                return self.error(fault, line=number)
        return self.error("a line among those that follow is no n-gram", line=start)

    def _next(self, wanted: str) -> bytes:
        line = next(self._lines, None)
        if line is None:
            raise self.error(f"the file ends where {wanted} was expected")
        self._number += 1
        return line.strip(b" \t\r\n")

    def _next_filled(self, wanted: str) -> bytes:
        while not (line := self._next(wanted)):
            pass
        return line


def _fault_of(order: int, highest: int, line: bytes, row: list[bytes]) -> str:
    if not row or row[0].startswith(b"\\"):
        return f"a {order}-gram was expected, since the file announces more of them, got {_shown(line)}"
    if len(row) not in {order + 1, order + 2}:
        return (
            f"a {order}-gram has a log10 probability, {order} words and at most a back-off weight, got {_shown(line)}"
        )
    log, weight = _value(row[0]), _value(row[-1]) if len(row) > order + 1 else 0.0
    if log is None or log > 0:
        return f"a log10 probability is a number up to 0, got {_shown(row[0])}"
    if weight is None:
        return f"a back-off weight is a finite number, got {_shown(row[-1])}"
    if weight and order == highest:
        return f"{order}-grams are the longest, so they have no back-off weight, got {_shown(row[-1])}"
    return ""


def _value(text: bytes) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if isfinite(value) else None


def _shown(line: bytes) -> str:
    text = line.strip().decode("utf-8", "backslashreplace")
    return repr(text if len(text) <= 60 else f"{text[:57]}...") if text else "an empty line"


def is_arpa(path: Path) -> bool:
    """Whether a file starts as an ARPA file does."""
    try:
        with path.open("rb") as file:
            for line in unpacked(file):
                if line.strip() and not line.startswith(b"#"):
                    return line.strip(b" \t\r\n") == b"\\data\\"
    except (OSError, EOFError, zlib.error, lzma.LZMAError):
        pass
    return False


def unpacked(file: BinaryIO) -> Iterable[bytes]:
    """The lines of a file, which may be packed by gzip, bzip2 or xz."""
    start = file.read(6)
    file.seek(0)
    for magic, opened in _OPENERS.items():
        if start.startswith(magic):
            return opened(file)
    return file

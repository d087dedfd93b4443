"""Large arrays in one file of the safetensors format: written piece by piece, read through a memory map."""

import json
import math
import mmap
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from carrousel.errors import ModelError

DTYPES: Final[Mapping[str, np.dtype[np.generic]]] = {
    name: np.dtype(kind).newbyteorder("<")
    for name, kind in {"U64": "u8", "U32": "u4", "I32": "i4", "F32": "f4", "U16": "u2"}.items()
}
_NAMES: Final = {dtype: name for name, dtype in DTYPES.items()}
_ALIGNMENT: Final = 64
_LARGEST_HEADER: Final = 1 << 20


class ArrayWriter:
    """A file that takes each of its arrays in pieces, and them in any order."""

    def __init__(self, path: Path, lengths: Mapping[str, tuple[np.dtype[np.generic], int]]) -> None:
        ordered = sorted(lengths.items(), key=lambda item: -item[1][0].itemsize)
        header, place = {}, 0
        self._next, self._stop = {}, {}
        for name, (dtype, length) in ordered:
            stop = place + dtype.itemsize * length
            header[name] = {"dtype": _NAMES[dtype], "shape": [length], "data_offsets": [place, stop]}
            self._next[name], self._stop[name] = place, stop
            place = stop
        text = json.dumps(header).encode()
        text = text.ljust(-(-(len(text) + 8) // _ALIGNMENT) * _ALIGNMENT - 8)
        self._start = 8 + len(text)
        self._dtypes = {name: dtype for name, (dtype, _) in ordered}
        self._file = path.open("wb")
        self._file.write(struct.pack("<Q", len(text)) + text)

    def close(self) -> None:
        """End it."""
        self._file.close()

    def write(self, name: str, piece: np.ndarray) -> None:
        """The next elements of an array."""
        self._file.seek(self._start + self._next[name])
        content = np.ascontiguousarray(piece, self._dtypes[name])
        self._next[name] += content.nbytes
        if self._next[name] > self._stop[name]:
            raise ModelError(
                f"the array {name} grew longer than was said; the file that it comes from changed meanwhile"
            )
        self._file.write(content.data)

    def finish(self) -> None:
        """Make sure that every array is whole."""
        for name, place in self._next.items():
            if place != self._stop[name]:
                raise ModelError(f"the array {name} lacks {self._stop[name] - place} bytes; make the model again")


@dataclass(frozen=True, kw_only=True, eq=False)
class ArrayFile:
    """Arrays that are read from the disk as they are looked at."""

    arrays: Mapping[str, np.ndarray]
    """By name."""
    content: mmap.mmap

    def release(self) -> None:
        """Hand the pages that were read back to the system; what is looked at again is read again."""
        if hasattr(mmap, "MADV_DONTNEED"):
            self.content.madvise(mmap.MADV_DONTNEED)


def map_arrays(path: Path) -> ArrayFile:
    """The arrays of a file.

    Raises:
        ModelError: the file is missing, cut short, or no safetensors file of flat arrays.
    """
    try:
        with path.open("rb") as file:
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be mapped: {error}") from error
    try:
        (length,) = struct.unpack_from("<Q", content)
        if length > _LARGEST_HEADER:
            raise ModelError(f"{path} is damaged: its header is {length} bytes long")
        header = json.loads(content[8 : 8 + length])
        arrays = {name: _mapped(content, 8 + length, entry) for name, entry in header.items() if name != "__metadata__"}
    except (ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
        raise ModelError(f"{path} is damaged: {error}; copy the model again") from error
    return ArrayFile(arrays=arrays, content=content)


def _mapped(content: mmap.mmap, offset: int, entry: Mapping[str, Any]) -> np.ndarray:
    dtype = DTYPES[entry["dtype"]]
    length = math.prod(entry["shape"])
    start, stop = entry["data_offsets"]
    if start < 0 or stop - start != length * dtype.itemsize:
        raise ValueError("an array's shape does not fit its place")
    return np.frombuffer(content, dtype, count=length, offset=offset + start)

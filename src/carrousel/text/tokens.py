"""The tokens of a text on disk: written in one pass in bounded memory, read through a memory map.

The file is in the safetensors format with one array, `tokens`, and the counts as its metadata.
"""

import contextlib
import json
import mmap
import os
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO

import numpy as np
from jaxtyping import Integer

from carrousel.errors import TextError
from carrousel.text.source import Text, join_texts
from carrousel.text.tokenizer import Tokenizer

DATA = 4096
"""Where in the file the tokens begin: one page, so that the map is aligned."""
DTYPES: Mapping[str, np.dtype[Any]] = MappingProxyType({"U16": np.dtype("<u2"), "U32": np.dtype("<u4")})


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What was tokenised."""

    characters: int = 0
    """Characters of the text; of bytes that are no UTF-8, those bytes that continue no character."""
    bytes: int = 0
    """Bytes of the text."""
    lines: int = 0
    """Newlines of the text."""
    unknowns: int = 0
    """Tokens that are `<unk>`."""
    tokenizer: str = ""
    """The tokenizer's sha256."""


@dataclass(frozen=True)
class Tokens:
    """The tokens of a text, in its order."""

    array: Integer[np.ndarray, " tokens"]
    """16 or 32 bits without a sign; of a file a memory map, which cannot be written to."""
    counts: Counts
    _map: mmap.mmap | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.array)

    def release(self) -> None:
        """Hand the pages that were read back to the system, so that a long run does not come to hold the whole file.

        Nothing is lost: a page that is wanted again is read again.
        """
        if self._map is not None and hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)


def tokenise(
    texts: Text | Sequence[Text], tokenizer: Tokenizer, path: Path, *, progress: Callable[[int], None] | None = None
) -> Tokens:
    """Write the tokens of the texts, as one text, to a file, and open it.

    Args:
        texts: read once.
        tokenizer: which also decides the width of a token: 16 bits up to 65,536 different ones, else 32.
        path: written under another name first and renamed when whole and on disk, so that no half file bears the name.
        progress: called with the number of bytes read so far.

    Raises:
        TextError: for a text that cannot be read or gives no token, and for a disk that cannot be written.
    """
    text = join_texts(texts)
    beside = path.with_name(f".{path.name}.part")
    try:
        with beside.open("wb") as file:
            _write(file, text, tokenizer, progress)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise TextError(f"the tokens cannot be written to {path}: {error.strerror}") from error
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
    return open_tokens(path)


def tokens_in_memory(texts: Text | Sequence[Text], tokenizer: Tokenizer) -> Tokens:
    """The tokens of a text that is small, without a file; errors as `tokenise` has them."""
    text, tally = join_texts(texts), _Tally(tokenizer)
    arrays = [tally.counted(stretch) for stretch in tokenizer.stretches(text)]
    return Tokens(np.concatenate([np.zeros(0, tally.dtype), *arrays]), tally.counts(text))


def open_tokens(path: Path, *, tokenizer: Tokenizer | None = None) -> Tokens:
    """The tokens that `tokenise` wrote; TextError where the file is none, is cut short, or is of another tokenizer."""
    try:
        with path.open("rb") as file:
            head = file.read(DATA)
            size = os.fstat(file.fileno()).st_size
            try:
                header = json.loads(head[8:])
                dtype, length = DTYPES[header["tokens"]["dtype"]], int(header["tokens"]["shape"][0])
                counts = Counts(**json.loads(header["__metadata__"]["counts"]))
            except (ValueError, KeyError, TypeError) as error:
                raise TextError(f"{path} is no file of tokens; make it anew") from error
            if size != DATA + length * dtype.itemsize:
                raise TextError(f"{path} has {size} bytes instead of {DATA + length * dtype.itemsize}; make it anew")
            if tokenizer is not None and counts.tokenizer != tokenizer.sha256:
                raise TextError(f"{path} was made with another tokenizer; make it anew")
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise TextError(f"{path} cannot be read: {error.strerror}") from error
    return Tokens(np.frombuffer(mapped, dtype, offset=DATA), counts, mapped)


class _Tally:
    """Encodes stretches and counts what passes."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        self.dtype = DTYPES[_width(tokenizer)]
        self.tokens = self.characters = self.bytes = self.lines = self.unknowns = 0

    def counted(self, stretch: str | bytes) -> np.ndarray:
        ids = self.tokenizer.encode(stretch)
        self.tokens += len(ids)
        if self.tokenizer.unknown is not None:
            self.unknowns += int(np.count_nonzero(ids == self.tokenizer.unknown))
        if isinstance(stretch, str):
            self.characters += len(stretch)
            self.bytes += len(stretch.encode())
            self.lines += stretch.count("\n")
        else:
            self.characters += int(np.count_nonzero((ids & 0xC0) != 0x80))
            self.bytes += len(stretch)
            self.lines += stretch.count(b"\n")
        narrow: np.ndarray = ids.astype(self.dtype)
        return narrow

    def counts(self, text: Text) -> Counts:
        if not self.tokens:
            raise TextError(f"{text.name} gives no token to a {self.tokenizer.kind} tokenizer; give more text")
        return Counts(
            characters=self.characters,
            bytes=self.bytes,
            lines=self.lines,
            unknowns=self.unknowns,
            tokenizer=self.tokenizer.sha256,
        )


def _width(tokenizer: Tokenizer) -> str:
    return "U16" if tokenizer.size <= 1 << 16 else "U32"


def _write(file: BinaryIO, text: Text, tokenizer: Tokenizer, progress: Callable[[int], None] | None) -> None:
    tally = _Tally(tokenizer)
    file.write(bytes(DATA))
    for stretch in tokenizer.stretches(text):
        file.write(tally.counted(stretch).data)
        if progress is not None:
            progress(tally.bytes)
    header = {
        "__metadata__": {"counts": json.dumps(asdict(tally.counts(text)))},
        "tokens": {
            "dtype": _width(tokenizer),
            "shape": [tally.tokens],
            "data_offsets": [0, tally.tokens * tally.dtype.itemsize],
        },
    }
    file.seek(0)
    file.write(struct.pack("<Q", DATA - 8) + json.dumps(header).encode().ljust(DATA - 8))


def _sync_folder(folder: Path) -> None:
    """Make the new name itself durable, where folders can be synced (not on Windows)."""
    with contextlib.suppress(PermissionError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

"""Files of compiled programs: what one holds, how it is written, and which are believed.

A program is native code, as XLA serialises it, so a file is read only where it is the user's own and nobody else may
write to it, and only where its sha256 stands at its beginning.
"""

import contextlib
import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

SUFFIX: Final = ".programs"
_DIGEST: Final = hashlib.sha256().digest_size
_LENGTH: Final = 8


class Result(NamedTuple):
    """An array that a program gives."""

    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Program:
    """A compiled program: a function of arrays in a fixed order to arrays in a fixed order."""

    code: bytes
    """As XLA serialises it."""
    results: tuple[Result, ...]
    kernels: tuple[str, ...] = ()
    """Which of our own kernels it calls."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What a file holds."""

    programs: Mapping[str, Program]
    """By name; without any, it is known that they cannot be kept."""
    parameters: tuple[str, ...] = ()
    """The names of a model's arrays, in the order in which programs take them."""
    library: str = ""
    """The file of our kernels, where one is called."""


def write_kept(path: Path, kept: Kept) -> bool:
    """Write a file whole or not at all, readable by the user alone; whether it could be written."""
    entries = [
        {"name": name, "size": len(one.code), "results": one.results, "kernels": one.kernels}
        for name, one in kept.programs.items()
    ]
    heading = json.dumps({"programs": entries, "parameters": kept.parameters, "library": kept.library}).encode()
    codes = [one.code for one in kept.programs.values()]
    content = b"".join([len(heading).to_bytes(_LENGTH, "little"), heading, *codes])
    partial = None
    try:
        handle, partial = tempfile.mkstemp(dir=path.parent, prefix=path.stem)
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(content).digest() + content)
        Path(partial).replace(path)
    except OSError:
        if partial is not None:
            with contextlib.suppress(OSError):
                Path(partial).unlink()
        return False
    return True


def read_kept(path: Path) -> Kept | None:
    """What a file holds; None where there is none that can be believed."""
    try:
        with path.open("rb") as file:
            content = file.read() if _is_private(os.fstat(file.fileno())) else b""
    except OSError:
        return None
    content, digest = content[_DIGEST:], content[:_DIGEST]
    if not content or hashlib.sha256(content).digest() != digest:
        return None
    place = _LENGTH + int.from_bytes(content[:_LENGTH], "little")
    heading, programs = json.loads(content[_LENGTH:place]), {}
    for entry in heading["programs"]:
        results = tuple(Result(dtype, tuple(shape)) for dtype, shape in entry["results"])
        code = content[place : place + entry["size"]]
        programs[entry["name"]] = Program(code=code, results=results, kernels=tuple(entry["kernels"]))
        place += entry["size"]
    return Kept(programs=programs, parameters=tuple(heading["parameters"]), library=heading["library"])


def _is_private(found: os.stat_result) -> bool:
    """Whether a file is the user's own and nobody else may write to it, where the system knows users."""
    if not hasattr(os, "geteuid"):
        return True
    return found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)

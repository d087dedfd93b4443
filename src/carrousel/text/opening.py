"""From what a person types to a text: a file, a folder, standard input, a built-in text."""

import os
import sys
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Protocol, runtime_checkable

from carrousel.errors import TextError, near
from carrousel.text.agreement import agreement
from carrousel.text.source import BLOCK, Part, Text, file_part
from carrousel.text.standard_library import english, python

BUILTIN: Mapping[str, Callable[[], Text]] = MappingProxyType(
    {"english": english, "python": python, "agreement": agreement}
)
"""The built-in texts by the name behind `builtin:`."""

SNIFFED = 8000


@runtime_checkable
class Stream(Protocol):
    """What bytes are read from once, such as standard input."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; none at the end."""


def open_text(spec: str | Path, *, stdin: Stream | None = None) -> Text:
    """The text that `spec` names: a file, a folder, `-`, or `builtin:english`, `builtin:python`, `builtin:agreement`.

    Of a folder every text file is taken, at any depth, in the order of its path. A file is text when its first 8,000
    bytes hold no zero byte; names that start with a dot, empty files and links to folders are passed over. Standard
    input, or `stdin`, is copied to a temporary file, since a text is read more than once.

    Raises TextError for a missing or empty file, a folder without text, an unknown name.
    """
    if isinstance(spec, str) and spec.startswith("builtin:"):
        return _builtin(spec.removeprefix("builtin:"))
    if spec == "-":
        return _copied(sys.stdin.buffer if stdin is None else stdin, "standard input")
    path = Path(spec)
    try:
        if not str(spec):
            raise TextError(f"the name of the text is empty; '-' is standard input, built-in texts are {_names()}")
        if path.is_dir():
            return _folder(path)
        if path.is_file():
            return _filled(Text(name=str(spec), parts=(file_part(path),)))
        if path.exists():  # a pipe
            with path.open("rb") as pipe:
                return _copied(pipe, str(spec))
    except OSError as error:
        raise TextError(f"{spec} cannot be read: {error.strerror}") from error
    raise TextError(f"there is no file or folder {str(spec)!r}; '-' is standard input, built-in texts are {_names()}")


def _builtin(name: str) -> Text:
    if name not in BUILTIN:
        raise TextError(f"there is no built-in text {name!r}{near(name, BUILTIN)}")
    return BUILTIN[name]()


def _names() -> str:
    return ", ".join(f"builtin:{name}" for name in BUILTIN)


def _filled(text: Text) -> Text:
    if not text.bytes:
        raise TextError(f"{text.name} is empty; give a text that holds something")
    return text


def _folder(folder: Path) -> Text:
    paths = sorted(_files(folder), key=lambda path: path.relative_to(folder).parts)
    taken = [path for path in paths if _is_text(path)]
    passed = [path.relative_to(folder).as_posix() for path in paths if path not in set(taken)]
    if not taken:
        raise TextError(
            f"the folder {folder} holds no text: of {len(paths)} files none is text (it has no zero byte in its first "
            f"{SNIFFED:,}; empty files and names with a leading dot do not count)"
        )
    origin = f"{len(taken)} files"
    if passed:
        origin += f"; {len(passed)} are no text and passed over, such as {passed[0]}"
    return Text(name=str(folder), parts=tuple(map(file_part, taken)), origin=origin)


def _files(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(root, name)
            if not name.startswith(".") and path.is_file():
                yield path


def _is_text(path: Path) -> bool:
    with path.open("rb") as file:
        start = file.read(SNIFFED)
    return bool(start) and b"\0" not in start


def _copied(stream: Stream, name: str) -> Text:
    copy = _Copy(stream)
    return _filled(Text(name=name, parts=(Part(name=name, read=copy.read, stop=copy.size),)))


class _Copy:
    """What a stream held, in a temporary file that goes when nobody reads it any more."""

    def __init__(self, stream: Stream) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (closed when this object goes)
        weakref.finalize(self, self._file.close)
        self._lock = threading.Lock()
        while block := stream.read(BLOCK):
            self._file.write(block)
        self.size = self._file.tell()

    def read(self, offset: int, count: int) -> bytes:
        with self._lock:
            self._file.seek(offset)
            return self._file.read(count)

"""A text: named stretches of bytes, read in bounded memory, as often as wanted."""

import builtins
import codecs
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from carrousel.errors import TextError
from carrousel.text.utf8 import undecodable

BLOCK = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Part:
    """A stretch of bytes of one file, or of bytes at hand."""

    name: str
    read: Callable[[int, int], bytes]
    """`read(offset, count)` gives up to `count` bytes from `offset` on."""
    start: int = 0
    stop: int

    def blocks(self) -> Iterator[bytes]:
        """The bytes, a block at a time."""
        offset = self.start
        while offset < self.stop:
            block = self.read(offset, min(BLOCK, self.stop - offset))
            if not block:
                raise TextError(
                    f"{self.name} ended at byte {offset} instead of {self.stop}: it changed while it was read"
                )
            offset += len(block)
            yield block

    def chunks(self) -> Iterator[str]:
        """The characters, a block at a time, without a byte order mark; bad UTF-8 raises TextError with its offset."""
        offset, rest = self.start, b""
        blocks = self.blocks()
        while True:
            block = next(blocks, b"")
            data = rest + block
            try:
                chunk, used = codecs.utf_8_decode(data, "strict", not block)
            except UnicodeDecodeError as error:
                raise undecodable(self.name, data, error.start, offset=offset + error.start) from error
            if offset == 0:
                chunk = chunk.removeprefix("\ufeff")
            offset, rest = offset + used, data[used:]
            if chunk:
                yield chunk
            if not block:
                return

    def ends_a_line(self) -> bool:
        """Whether the last byte is a newline."""
        return self.read(self.stop - 1, 1) == b"\n"


@dataclass(frozen=True, kw_only=True)
class Text:
    """Parts in a fixed order, read as one text.

    A part that does not end with a newline is followed by one, so that no word runs from one file into the next.
    """

    name: str
    parts: tuple[Part, ...]
    origin: str = ""
    """What a person should know of where it comes from: the Python of a built-in text, the files passed over."""
    line_entropy: float | None = None
    """Nats a line of the process that wrote the text, where that is known: no model can do better on average."""

    def blocks(self) -> Iterator[builtins.bytes]:
        """The bytes, at most a block at a time."""
        for part, follows in self._joints():
            yield from part.blocks()
            if follows:
                yield b"\n"

    def chunks(self) -> Iterator[str]:
        """The characters, at most a block at a time; bad UTF-8 raises TextError with the file and the byte offset."""
        for part, follows in self._joints():
            yield from part.chunks()
            if follows:
                yield "\n"

    def lines(self) -> Iterator[str]:
        """The lines without their ends; a last line that lacks its end counts if it is not empty."""
        rest: list[str] = []
        for chunk in self.chunks():
            first, *others = chunk.split("\n")
            rest.append(first)
            for other in others:
                yield "".join(rest).removesuffix("\r")
                rest = [other]
        if last := "".join(rest):
            yield last.removesuffix("\r")

    @property
    def bytes(self) -> int:
        """The number of bytes."""
        return sum(part.stop - part.start + follows for part, follows in self._joints())

    @cached_property
    def characters(self) -> int:
        """The number of characters; counted by reading the whole text once."""
        return sum(map(len, self.chunks()))

    @cached_property
    def sha256(self) -> str:
        """The hash of the bytes, in hexadecimal; made by reading the whole text once."""
        digest = hashlib.sha256()
        for block in self.blocks():
            digest.update(block)
        return digest.hexdigest()

    def _joints(self) -> Iterator[tuple[Part, bool]]:
        """The parts that hold anything, each with whether a newline is put after it."""
        filled = [part for part in self.parts if part.stop > part.start]
        for part in filled[:-1]:
            yield part, not part.ends_a_line()
        for part in filled[-1:]:
            yield part, False


def memory_text(content: str | bytes, *, name: str, origin: str = "", line_entropy: float | None = None) -> Text:
    """A text of bytes, or of a string, at hand."""
    data = content.encode() if isinstance(content, str) else content
    part = Part(name=name, read=partial(_slice, data), stop=len(data))
    return Text(name=name, parts=(part,), origin=origin, line_entropy=line_entropy)


def file_part(path: Path) -> Part:
    """The whole of a file, as long as it is now; TextError where it cannot be read."""
    try:
        return Part(name=str(path), read=partial(_read_file, path), stop=path.stat().st_size)
    except OSError as error:
        raise _unreadable(path, error) from error


def join_texts(texts: Text | Sequence[Text]) -> Text:
    """Several texts as one, in their order."""
    if isinstance(texts, Text):
        return texts
    if len(texts) == 1:
        return texts[0]
    entropies = {text.line_entropy for text in texts}
    return Text(
        name=" + ".join(text.name for text in texts),
        parts=tuple(part for text in texts for part in text.parts),
        origin="; ".join(text.origin for text in texts if text.origin),
        line_entropy=entropies.pop() if len(entropies) == 1 else None,
    )


def _slice(data: bytes, offset: int, count: int) -> bytes:
    return data[offset : offset + count]


def _read_file(path: Path, offset: int, count: int) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(count)
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> TextError:
    return TextError(f"{path} cannot be read: {error.strerror}")
